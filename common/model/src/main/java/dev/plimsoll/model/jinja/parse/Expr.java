package dev.plimsoll.model.jinja.parse;

import java.util.List;

/** An expression. */
public sealed interface Expr {

    int line();

    /** A literal, or text of the template. */
    record Const(int line, Object value) implements Expr {}

    record Name(int line, String name) implements Expr {}

    /** {@code space.attribute} where something is assigned. */
    record SpaceRef(int line, String space, String attribute) implements Expr {}

    record TupleOf(int line, List<Expr> items) implements Expr {}

    record ListOf(int line, List<Expr> items) implements Expr {}

    record DictOf(int line, List<Expr> keys, List<Expr> values) implements Expr {}

    /** @param operator "-", "+" or "not" */
    record Unary(int line, String operator, Expr operand) implements Expr {}

    /** @param operator of arithmetic, or "and", "or" */
    record Binary(int line, String operator, Expr left, Expr right) implements Expr {}

    record Concat(int line, List<Expr> parts) implements Expr {}

    record Compare(int line, Expr first, List<String> operators, List<Expr> others)
            implements Expr {}

    /** @param otherwise null where there is no else */
    record Cond(int line, Expr test, Expr then, Expr otherwise) implements Expr {}

    record Attr(int line, Expr of, String name) implements Expr {}

    record Item(int line, Expr of, Expr index) implements Expr {}

    /** Each part is null where it is left out. */
    record Slice(int line, Expr start, Expr stop, Expr step) implements Expr {}

    record Call(int line, Expr callee, Arguments arguments) implements Expr {}

    /** @param of null where a block is filtered */
    record Filter(int line, Expr of, String name, Arguments arguments) implements Expr {}

    record Test(int line, Expr of, String name, Arguments arguments) implements Expr {}

    /**
     * @param star the expression after {@code *}, or null
     * @param starStar the expression after {@code **}, or null
     */
    record Arguments(
            List<Expr> places, List<String> names, List<Expr> named, Expr star, Expr starStar) {
        static final Arguments NONE = new Arguments(List.of(), List.of(), List.of(), null, null);
    }
}
