package dev.plimsoll.model.jinja.parse;

import java.util.ArrayList;
import java.util.List;

/** Reads what follows a value: subscripts, calls, filters. */
final class CallParser {

    private final TokenStream stream;
    private final ExprParser expressions;

    CallParser(TokenStream stream, ExprParser expressions) {
        this.stream = stream;
        this.expressions = expressions;
    }

    Expr subscript(Expr of) {
        Token token = stream.next();
        if (token.is(".")) {
            Token name = stream.next();
            if (name.is("name")) {
                return new Expr.Attr(token.line(), of, name.text());
            }
            if (!name.is("number") || name.value() instanceof Double) {
                throw stream.failure("a name or a whole number is expected after '.'");
            }
            return new Expr.Item(token.line(), of, new Expr.Const(name.line(), name.value()));
        }
        List<Expr> parts = new ArrayList<>();
        while (!stream.current().is("]")) {
            if (!parts.isEmpty()) {
                stream.expect(",");
            }
            parts.add(index());
        }
        stream.expect("]");
        if (parts.size() != 1 && parts.stream().anyMatch(Expr.Slice.class::isInstance)) {
            throw stream.failure("a slice stands among several indices");
        }
        Expr index = parts.size() == 1 ? parts.get(0) : new Expr.TupleOf(token.line(), parts);
        return new Expr.Item(token.line(), of, index);
    }

    private Expr index() {
        int line = stream.current().line();
        Expr start = null;
        if (!stream.current().is(":")) {
            start = expressions.expression();
            if (!stream.current().is(":")) {
                return start;
            }
        }
        stream.expect(":");
        Expr stop = bound();
        Expr step = stream.skipIf(":") ? bound() : null;
        return new Expr.Slice(line, start, stop, step);
    }

    private Expr bound() {
        Token token = stream.current();
        return token.is(":") || token.is("]") || token.is(",") ? null : expressions.expression();
    }

    Expr.Call call(Expr callee) {
        int line = stream.current().line();
        return new Expr.Call(line, callee, arguments());
    }

    /** The filters that follow, the first without its bar where {@code bare}. */
    Expr.Filter filters(boolean bare) {
        Expr.Filter read = null;
        boolean first = bare;
        while (first || stream.current().is("|")) {
            if (!first) {
                stream.next();
            }
            first = false;
            read = named(read);
        }
        return read;
    }

    Expr filter(Expr of) {
        stream.expect("|");
        return named(of);
    }

    private Expr.Filter named(Expr of) {
        int line = stream.current().line();
        String name = dotted();
        Expr.Arguments arguments = stream.current().is("(") ? arguments() : Expr.Arguments.NONE;
        return new Expr.Filter(line, of, name, arguments);
    }

    String dotted() {
        StringBuilder name = new StringBuilder(stream.expect("name").text());
        while (stream.skipIf(".")) {
            name.append('.').append(stream.expect("name").text());
        }
        return name.toString();
    }

    Expr.Arguments arguments() {
        stream.expect("(");
        List<Expr> places = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Expr> named = new ArrayList<>();
        Expr star = null;
        Expr starStar = null;
        boolean first = true;
        while (!stream.current().is(")")) {
            if (!first) {
                stream.expect(",");
                if (stream.current().is(")")) {
                    break;
                }
            }
            first = false;
            if (stream.current().is("*")) {
                check(star == null && starStar == null);
                stream.next();
                star = expressions.expression();
            } else if (stream.current().is("**")) {
                check(starStar == null);
                stream.next();
                starStar = expressions.expression();
            } else if (stream.current().is("name") && stream.look().is("=")) {
                check(starStar == null && !names.contains(stream.current().text()));
                names.add(stream.next().text());
                stream.next();
                named.add(expressions.expression());
            } else {
                check(star == null && starStar == null && names.isEmpty());
                places.add(expressions.expression());
            }
        }
        stream.expect(")");
        return new Expr.Arguments(places, names, named, star, starStar);
    }

    private void check(boolean right) {
        if (!right) {
            throw stream.failure("the arguments of a call are in a wrong order or given twice");
        }
    }
}
