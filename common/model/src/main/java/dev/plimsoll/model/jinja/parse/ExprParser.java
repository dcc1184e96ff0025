package dev.plimsoll.model.jinja.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Reads expressions, from the loosest binding to the tightest. */
final class ExprParser {

    /** As many operators in a row as are read; each makes the tree one deeper. */
    private static final int MAX_CHAIN = 250;

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> TEST_ARGUMENTS =
            Set.of("name", "string", "number", "(", "[", "{");

    private final TokenStream stream;
    private final CallParser calls;

    ExprParser(TokenStream stream) {
        this.stream = stream;
        this.calls = new CallParser(stream, this);
    }

    CallParser calls() {
        return calls;
    }

    Expr expression() {
        return expression(true);
    }

    Expr expression(boolean conditional) {
        stream.enter();
        Expr read = conditional ? conditional() : or();
        stream.leave();
        return read;
    }

    private Expr conditional() {
        int line = stream.current().line();
        Expr then = or();
        int chain = 0;
        while (stream.skipName("if")) {
            chain = longer(chain);
            Expr test = or();
            Expr otherwise = null;
            if (stream.skipName("else")) {
                stream.enter();
                otherwise = conditional();
                stream.leave();
            }
            then = new Expr.Cond(line, test, then, otherwise);
            line = stream.current().line();
        }
        return then;
    }

    private int longer(int chain) {
        if (chain >= MAX_CHAIN) {
            throw new dev.plimsoll.model.jinja.value.Failure(
                    dev.plimsoll.model.jinja.value.Failure.Kind.LIMIT,
                    stream.current().line(),
                    "more than " + MAX_CHAIN + " operators stand in a row");
        }
        return chain + 1;
    }

    private Expr or() {
        return binary(this::and, Set.of("or"), true);
    }

    private Expr and() {
        return binary(this::not, Set.of("and"), true);
    }

    private Expr binary(Supplier<Expr> operand, Set<String> operators, boolean names) {
        int line = stream.current().line();
        Expr left = operand.get();
        int chain = 0;
        while (operators.contains(stream.current().text())
                && stream.current().is("name") == names
                && !stream.current().is("string")
                && !stream.current().is("data")) {
            chain = longer(chain);
            String operator = stream.next().text();
            left = new Expr.Binary(line, operator, left, operand.get());
            line = stream.current().line();
        }
        return left;
    }

    private Expr not() {
        if (!stream.current().isName("not")) {
            return compare();
        }
        int line = stream.next().line();
        stream.enter();
        Expr operand = not();
        stream.leave();
        return new Expr.Unary(line, "not", operand);
    }

    private Expr compare() {
        int line = stream.current().line();
        Expr first = sum();
        List<String> operators = new ArrayList<>();
        List<Expr> others = new ArrayList<>();
        while (true) {
            Token token = stream.current();
            if (COMPARISONS.contains(token.type())) {
                operators.add(stream.next().type());
            } else if (token.isName("in")) {
                stream.next();
                operators.add("in");
            } else if (token.isName("not") && stream.look().isName("in")) {
                stream.next();
                stream.next();
                operators.add("not in");
            } else {
                break;
            }
            others.add(sum());
        }
        return others.isEmpty() ? first : new Expr.Compare(line, first, operators, others);
    }

    private Expr sum() {
        return binary(this::concat, Set.of("+", "-"), false);
    }

    private Expr concat() {
        int line = stream.current().line();
        List<Expr> parts = new ArrayList<>();
        parts.add(product());
        while (stream.skipIf("~")) {
            parts.add(product());
        }
        return parts.size() == 1 ? parts.get(0) : new Expr.Concat(line, parts);
    }

    private Expr product() {
        return binary(this::power, Set.of("*", "/", "//", "%"), false);
    }

    private Expr power() {
        return binary(() -> unary(true), Set.of("**"), false);
    }

    private Expr unary(boolean filtered) {
        Token token = stream.current();
        Expr read;
        if (token.is("-") || token.is("+")) {
            stream.next();
            stream.enter();
            read = new Expr.Unary(token.line(), token.type(), unary(false));
            stream.leave();
        } else {
            read = primary(false);
        }
        read = postfix(read);
        return filtered ? filters(read) : read;
    }

    /** @param spaces whether {@code name.attribute} is a place to assign to */
    Expr primary(boolean spaces) {
        Token token = stream.current();
        switch (token.type()) {
            case "name" -> {
                stream.next();
                return name(token, spaces);
            }
            case "string" -> {
                StringBuilder text = new StringBuilder(stream.next().text());
                while (stream.current().is("string")) {
                    text.append(stream.next().text());
                }
                return new Expr.Const(
                        token.line(), dev.plimsoll.model.jinja.value.Str.of(text.toString()));
            }
            case "number" -> {
                return new Expr.Const(token.line(), stream.next().value());
            }
            case "(" -> {
                stream.next();
                Expr inner = tuple(() -> expression(true), null, true);
                stream.expect(")");
                return inner;
            }
            case "[" -> {
                return list();
            }
            case "{" -> {
                return dictionary();
            }
            default -> throw stream.failure(token.shown() + " stands where a value is expected");
        }
    }

    private Expr name(Token token, boolean spaces) {
        return switch (token.text()) {
            case "true", "True" -> new Expr.Const(token.line(), true);
            case "false", "False" -> new Expr.Const(token.line(), false);
            case "none", "None" -> new Expr.Const(token.line(), null);
            default -> {
                if (spaces && stream.skipIf(".")) {
                    String attribute = stream.expect("name").text();
                    yield new Expr.SpaceRef(token.line(), token.text(), attribute);
                }
                yield new Expr.Name(token.line(), token.text());
            }
        };
    }

    /** One expression, or several with commas. */
    Expr tuple(boolean conditional, String endName) {
        return tuple(() -> expression(conditional), endName, false);
    }

    /**
     * @param endName a name that ends the tuple, or null
     * @param empty whether nothing at all is an empty tuple
     */
    Expr tuple(Supplier<Expr> part, String endName, boolean empty) {
        int line = stream.current().line();
        List<Expr> parts = new ArrayList<>();
        boolean tuple = false;
        while (true) {
            if (!parts.isEmpty()) {
                stream.expect(",");
            }
            if (tupleEnds(endName)) {
                break;
            }
            parts.add(part.get());
            if (!stream.current().is(",")) {
                break;
            }
            tuple = true;
            line = stream.current().line();
        }
        if (!tuple && !parts.isEmpty()) {
            return parts.get(0);
        }
        if (!tuple && !empty) {
            throw stream.failure(stream.current().shown() + " stands where a value is expected");
        }
        return new Expr.TupleOf(line, parts);
    }

    private boolean tupleEnds(String endName) {
        Token token = stream.current();
        return token.is("}}")
                || token.is("%}")
                || token.is(")")
                || endName != null && token.isName(endName);
    }

    private Expr list() {
        int line = stream.expect("[").line();
        List<Expr> items = new ArrayList<>();
        while (!stream.current().is("]")) {
            if (!items.isEmpty()) {
                stream.expect(",");
            }
            if (stream.current().is("]")) {
                break;
            }
            items.add(expression());
        }
        stream.expect("]");
        return new Expr.ListOf(line, items);
    }

    private Expr dictionary() {
        int line = stream.expect("{").line();
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!stream.current().is("}")) {
            if (!keys.isEmpty()) {
                stream.expect(",");
            }
            if (stream.current().is("}")) {
                break;
            }
            keys.add(expression());
            stream.expect(":");
            values.add(expression());
        }
        stream.expect("}");
        return new Expr.DictOf(line, keys, values);
    }

    Expr postfix(Expr of) {
        Expr read = of;
        int chain = 0;
        while (true) {
            chain = longer(chain);
            switch (stream.current().type()) {
                case ".", "[" -> read = calls.subscript(read);
                case "(" -> read = calls.call(read);
                default -> {
                    return read;
                }
            }
        }
    }

    private Expr filters(Expr of) {
        Expr read = of;
        int chain = 0;
        while (true) {
            chain = longer(chain);
            Token token = stream.current();
            if (token.is("|")) {
                read = calls.filter(read);
            } else if (token.isName("is")) {
                read = test(read);
            } else if (token.is("(")) {
                read = calls.call(read);
            } else {
                return read;
            }
        }
    }

    private Expr test(Expr of) {
        int line = stream.next().line();
        boolean negated = stream.skipName("not");
        String name = calls.dotted();
        Expr.Arguments arguments = Expr.Arguments.NONE;
        Token token = stream.current();
        if (token.is("(")) {
            arguments = calls.arguments();
        } else if (TEST_ARGUMENTS.contains(token.type())
                && !token.isName("else")
                && !token.isName("or")
                && !token.isName("and")) {
            if (token.isName("is")) {
                throw stream.failure("a test cannot follow a test without 'and' or 'or'");
            }
            Expr argument = postfix(primary(false));
            arguments = new Expr.Arguments(List.of(argument), List.of(), List.of(), null, null);
        }
        Expr test = new Expr.Test(line, of, name, arguments);
        return negated ? new Expr.Unary(line, "not", test) : test;
    }
}
