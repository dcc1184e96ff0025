package dev.plimsoll.model.jinja.parse;

import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Str;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads statements. */
public final class Parser {

    /** Statements of Jinja that a chat template has no use for, and what they would do. */
    private static final Map<String, String> UNSUPPORTED = Map.of(
            "include", "it reads another template",
            "import", "it reads another template",
            "from", "it reads another template",
            "extends", "it builds on another template",
            "block", "it is for templates that build on each other");

    private final TokenStream stream;
    private final ExprParser expressions;

    private Parser(TokenStream stream) {
        this.stream = stream;
        this.expressions = new ExprParser(stream);
    }

    /** @throws Failure of kind SYNTAX, UNSUPPORTED or LIMIT */
    public static List<Stmt> parse(String source) {
        TokenStream stream = new TokenStream(Lexer.tokens(source));
        return new Parser(stream).body("", 0, Set.of());
    }

    /** Statements up to one of the tags, which stays current; to the end where there are none. */
    private List<Stmt> body(String tag, int line, Set<String> ends) {
        stream.enter();
        List<Stmt> read = new ArrayList<>();
        List<Expr> output = new ArrayList<>();
        while (!stream.current().is("eof")) {
            Token token = stream.next();
            switch (token.type()) {
                case "data" -> output.add(new Expr.Const(token.line(), Str.of(token.text())));
                case "{{" -> {
                    output.add(expressions.tuple(true, null));
                    stream.expect("}}");
                }
                default -> {
                    flush(output, read);
                    Token name = stream.current();
                    if (name.is("name") && ends.contains(name.text())) {
                        stream.leave();
                        return read;
                    }
                    read.add(statement());
                    stream.expect("%}");
                }
            }
        }
        if (!ends.isEmpty()) {
            throw stream.failure("the '" + tag + "' of line " + line + " has no end");
        }
        flush(output, read);
        stream.leave();
        return read;
    }

    private static void flush(List<Expr> output, List<Stmt> read) {
        if (!output.isEmpty()) {
            read.add(new Stmt.Output(output.get(0).line(), List.copyOf(output)));
            output.clear();
        }
    }

    /** The body of a tag whose own content has been read. */
    private List<Stmt> inner(String tag, int line, Set<String> ends) {
        stream.skipIf(":");
        stream.expect("%}");
        return body(tag, line, ends);
    }

    private List<Stmt> innerToEnd(String tag, int line, String end) {
        List<Stmt> read = inner(tag, line, Set.of(end));
        stream.next();
        return read;
    }

    private Stmt statement() {
        Token token = stream.current();
        if (!token.is("name")) {
            throw stream.failure("a tag has no name but " + token.shown());
        }
        String unsupported = UNSUPPORTED.get(token.text());
        if (unsupported != null) {
            throw new Failure(
                    Failure.Kind.UNSUPPORTED,
                    token.line(),
                    "'" + token.text() + "' is not supported: " + unsupported);
        }
        stream.next();
        int line = token.line();
        return switch (token.text()) {
            case "for" -> loop(line);
            case "if" -> condition(line);
            case "set" -> set(line);
            case "with" -> with(line);
            case "macro" -> macro(line);
            case "call" -> call(line);
            case "filter" ->
                new Stmt.FilterBlock(
                        line,
                        expressions.calls().filters(true),
                        innerToEnd("filter", line, "endfilter"));
            case "print" -> print(line);
            case "autoescape" -> autoescape(line);
            case "generation" ->
                new Stmt.Generation(line, innerToEnd("generation", line, "endgeneration"));
            case "break" -> new Stmt.Break(line);
            case "continue" -> new Stmt.Continue(line);
            default ->
                throw new Failure(
                        Failure.Kind.SYNTAX,
                        line,
                        "the tag '" + token.text() + "' is not known here");
        };
    }

    private Stmt loop(int line) {
        Expr target = target("in", false);
        stream.expectName("in");
        Expr over = expressions.tuple(false, "recursive");
        Expr test = stream.skipName("if") ? expressions.expression() : null;
        boolean recursive = stream.skipName("recursive");
        List<Stmt> body = inner("for", line, Set.of("endfor", "else"));
        List<Stmt> otherwise = List.of();
        if (stream.next().text().equals("else")) {
            otherwise = innerToEnd("for", line, "endfor");
        }
        return new Stmt.For(line, target, over, test, recursive, body, otherwise);
    }

    private Stmt condition(int line) {
        Expr test = expressions.tuple(false, null);
        List<Stmt> body = inner("if", line, Set.of("elif", "else", "endif"));
        List<Stmt.If> elifs = new ArrayList<>();
        while (stream.current().isName("elif")) {
            int at = stream.next().line();
            Expr other = expressions.tuple(false, null);
            List<Stmt> then = inner("if", line, Set.of("elif", "else", "endif"));
            elifs.add(new Stmt.If(at, other, then, List.of(), List.of()));
        }
        List<Stmt> otherwise = List.of();
        if (stream.next().text().equals("else")) {
            otherwise = innerToEnd("if", line, "endif");
        }
        return new Stmt.If(line, test, body, elifs, otherwise);
    }

    private Stmt set(int line) {
        Expr target = target(null, true);
        if (stream.skipIf("=")) {
            return new Stmt.Assign(line, target, expressions.tuple(true, null));
        }
        Expr.Filter filter = expressions.calls().filters(false);
        return new Stmt.AssignBlock(line, target, filter, innerToEnd("set", line, "endset"));
    }

    private Stmt with(int line) {
        List<Expr> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!stream.current().is("%}")) {
            if (!targets.isEmpty()) {
                stream.expect(",");
            }
            targets.add(target(null, false));
            stream.expect("=");
            values.add(expressions.expression());
        }
        return new Stmt.With(line, targets, values, innerToEnd("with", line, "endwith"));
    }

    private Stmt macro(int line) {
        Token name = stream.expect("name");
        assignable(new Expr.Name(name.line(), name.text()));
        List<String> parameters = new ArrayList<>();
        List<Expr> defaults = new ArrayList<>();
        parameters(parameters, defaults);
        List<Stmt> body = innerToEnd("macro", line, "endmacro");
        return new Stmt.Macro(line, name.text(), parameters, defaults, body);
    }

    private Stmt call(int line) {
        List<String> parameters = new ArrayList<>();
        List<Expr> defaults = new ArrayList<>();
        if (stream.current().is("(")) {
            parameters(parameters, defaults);
        }
        if (!(expressions.expression() instanceof Expr.Call call)) {
            throw new Failure(
                    Failure.Kind.SYNTAX, line, "'call' is followed by something that is no call");
        }
        List<Stmt> body = innerToEnd("call", line, "endcall");
        return new Stmt.CallBlock(line, parameters, defaults, call, body);
    }

    private void parameters(List<String> parameters, List<Expr> defaults) {
        stream.expect("(");
        while (!stream.current().is(")")) {
            if (!parameters.isEmpty()) {
                stream.expect(",");
            }
            Token name = stream.expect("name");
            assignable(new Expr.Name(name.line(), name.text()));
            if (parameters.contains(name.text())) {
                throw stream.failure("the parameter '" + name.text() + "' is there twice");
            }
            parameters.add(name.text());
            if (stream.skipIf("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw stream.failure("a parameter without a default follows one that has one");
            }
        }
        stream.expect(")");
    }

    private Stmt print(int line) {
        List<Expr> parts = new ArrayList<>();
        while (!stream.current().is("%}")) {
            if (!parts.isEmpty()) {
                stream.expect(",");
            }
            parts.add(expressions.expression());
        }
        return new Stmt.Output(line, parts);
    }

    private Stmt autoescape(int line) {
        Expr on = expressions.expression();
        if (!(on instanceof Expr.Const flag) || !Boolean.FALSE.equals(flag.value())) {
            throw new Failure(
                    Failure.Kind.UNSUPPORTED,
                    line,
                    "'autoescape' is not supported: a chat template writes no HTML");
        }
        return new Stmt.Scope(line, innerToEnd("autoescape", line, "endautoescape"));
    }

    private Expr target(String endName, boolean spaces) {
        Expr target = expressions.tuple(() -> expressions.primary(spaces), endName, false);
        assignable(target);
        return target;
    }

    private void assignable(Expr target) {
        switch (target) {
            case Expr.Name name -> {
                if (Set.of("true", "false", "none", "True", "False", "None")
                        .contains(name.name())) {
                    throw stream.failure("nothing can be assigned to '" + name.name() + "'");
                }
            }
            case Expr.SpaceRef reference -> {}
            case Expr.TupleOf tuple -> tuple.items().forEach(this::assignable);
            default -> throw stream.failure("nothing can be assigned to this expression");
        }
    }
}
