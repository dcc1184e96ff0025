package dev.plimsoll.model.jinja.parse;

import dev.plimsoll.model.jinja.value.Failure;

import java.util.List;

/** The tokens of a template and a place among them; also how deep the reader is. */
final class TokenStream {

    private static final int MAX_DEPTH = 90;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token look() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    /** The current one; the next becomes current. */
    Token next() {
        Token token = tokens.get(at);
        if (at < tokens.size() - 1) {
            at++;
        }
        return token;
    }

    boolean skipIf(String type) {
        if (current().is(type)) {
            next();
            return true;
        }
        return false;
    }

    boolean skipName(String name) {
        if (current().isName(name)) {
            next();
            return true;
        }
        return false;
    }

    Token expect(String type) {
        if (!current().is(type)) {
            throw failure((type.equals("name") ? "a name" : "'" + type + "'")
                    + " is expected and not " + current().shown());
        }
        return next();
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw failure("'" + name + "' is expected and not " + current().shown());
        }
    }

    void enter() {
        if (++depth > MAX_DEPTH) {
            throw new Failure(
                    Failure.Kind.LIMIT,
                    current().line(),
                    "the template is nested more than " + MAX_DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }

    Failure failure(String message) {
        return new Failure(Failure.Kind.SYNTAX, current().line(), message);
    }
}
