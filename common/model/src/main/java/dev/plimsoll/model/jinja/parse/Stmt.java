package dev.plimsoll.model.jinja.parse;

import java.util.List;

/** A statement. */
public sealed interface Stmt {

    int line();

    /** Text and expressions that are printed. */
    record Output(int line, List<Expr> parts) implements Stmt {}

    /** @param test null where all are taken */
    record For(
            int line,
            Expr target,
            Expr over,
            Expr test,
            boolean recursive,
            List<Stmt> body,
            List<Stmt> otherwise)
            implements Stmt {}

    record If(int line, Expr test, List<Stmt> body, List<If> elifs, List<Stmt> otherwise)
            implements Stmt {}

    /** @param defaults of the last parameters */
    record Macro(
            int line, String name, List<String> parameters, List<Expr> defaults, List<Stmt> body)
            implements Stmt {}

    record CallBlock(
            int line, List<String> parameters, List<Expr> defaults, Expr.Call call, List<Stmt> body)
            implements Stmt {}

    /** {@code generation}, which is of Transformers. */
    record Generation(int line, List<Stmt> body) implements Stmt {}

    record FilterBlock(int line, Expr.Filter filter, List<Stmt> body) implements Stmt {}

    record With(int line, List<Expr> targets, List<Expr> values, List<Stmt> body) implements Stmt {}

    record Assign(int line, Expr target, Expr value) implements Stmt {}

    /** @param filter null where there is none */
    record AssignBlock(int line, Expr target, Expr.Filter filter, List<Stmt> body)
            implements Stmt {}

    /** A block with variables of its own. */
    record Scope(int line, List<Stmt> body) implements Stmt {}

    record Break(int line) implements Stmt {}

    record Continue(int line) implements Stmt {}
}
