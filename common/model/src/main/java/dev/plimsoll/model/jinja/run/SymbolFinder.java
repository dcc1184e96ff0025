package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.parse.Expr;
import dev.plimsoll.model.jinja.parse.Stmt;

import java.util.List;

/** Finds the names that the statements of one block use; it does not look into inner blocks. */
final class SymbolFinder {

    private SymbolFinder() {}

    static void statements(List<Stmt> statements, Symbols symbols) {
        statements.forEach(each -> statement(each, symbols));
    }

    private static void statement(Stmt statement, Symbols symbols) {
        switch (statement) {
            case Stmt.Output output -> output.parts().forEach(part -> load(part, symbols));
            case Stmt.For loop -> load(loop.over(), symbols);
            case Stmt.If condition -> condition(condition, symbols);
            case Stmt.Macro macro -> symbols.store(macro.name());
            case Stmt.CallBlock block -> load(block.call(), symbols);
            case Stmt.FilterBlock block -> load(block.filter(), symbols);
            case Stmt.With with -> with.values().forEach(value -> load(value, symbols));
            case Stmt.Assign assign -> {
                load(assign.value(), symbols);
                store(assign.target(), symbols);
            }
            case Stmt.AssignBlock assign -> store(assign.target(), symbols);
            case Stmt.Generation generation -> {}
            case Stmt.Scope scope -> {}
            case Stmt.Break end -> {}
            case Stmt.Continue end -> {}
        }
    }

    private static void condition(Stmt.If condition, Symbols symbols) {
        load(condition.test(), symbols);
        Symbols body = symbols.copy();
        statements(condition.body(), body);
        Symbols elifs = symbols.copy();
        condition.elifs().forEach(elif -> condition(elif, elifs));
        Symbols otherwise = symbols.copy();
        statements(condition.otherwise(), otherwise);
        symbols.join(List.of(body, elifs, otherwise));
    }

    static void load(Expr expression, Symbols symbols) {
        Names.each(expression, name -> symbols.load(name));
    }

    private static void store(Expr target, Symbols symbols) {
        switch (target) {
            case Expr.Name name -> symbols.store(name.name());
            case Expr.TupleOf tuple -> tuple.items().forEach(item -> store(item, symbols));
            default -> load(target, symbols);
        }
    }

    static void parameters(Expr target, Symbols symbols) {
        switch (target) {
            case Expr.Name name -> symbols.parameter(name.name());
            case Expr.TupleOf tuple -> tuple.items().forEach(item -> parameters(item, symbols));
            default -> load(target, symbols);
        }
    }
}
