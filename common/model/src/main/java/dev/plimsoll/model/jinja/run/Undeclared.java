package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.parse.Expr;
import dev.plimsoll.model.jinja.parse.Stmt;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds which of some names statements read before they assign them, inner blocks included. */
final class Undeclared {

    private final Set<String> names;
    private final Set<String> found = new HashSet<>();

    private Undeclared(Set<String> names) {
        this.names = new HashSet<>(names);
    }

    static Set<String> of(List<Stmt> statements, Set<String> names) {
        Undeclared finder = new Undeclared(names);
        finder.statements(statements);
        return finder.found;
    }

    private void statements(List<? extends Stmt> statements) {
        statements.forEach(this::statement);
    }

    private void statement(Stmt statement) {
        switch (statement) {
            case Stmt.Output output -> loads(output.parts());
            case Stmt.For loop -> {
                store(loop.target());
                load(loop.over());
                statements(loop.body());
                statements(loop.otherwise());
                load(loop.test());
            }
            case Stmt.If condition -> {
                load(condition.test());
                statements(condition.body());
                statements(condition.elifs());
                statements(condition.otherwise());
            }
            case Stmt.Macro macro -> {
                names.removeAll(macro.parameters());
                loads(macro.defaults());
                statements(macro.body());
            }
            case Stmt.CallBlock block -> {
                load(block.call());
                names.removeAll(block.parameters());
                loads(block.defaults());
                statements(block.body());
            }
            case Stmt.Generation generation -> statements(generation.body());
            case Stmt.FilterBlock block -> {
                statements(block.body());
                load(block.filter());
            }
            case Stmt.With with -> {
                with.targets().forEach(this::store);
                loads(with.values());
                statements(with.body());
            }
            case Stmt.Assign assign -> {
                store(assign.target());
                load(assign.value());
            }
            case Stmt.AssignBlock assign -> {
                store(assign.target());
                load(assign.filter());
                statements(assign.body());
            }
            case Stmt.Scope scope -> statements(scope.body());
            case Stmt.Break end -> {}
            case Stmt.Continue end -> {}
        }
    }

    private void loads(List<Expr> expressions) {
        expressions.forEach(this::load);
    }

    private void load(Expr expression) {
        Names.each(expression, name -> {
            if (names.contains(name)) {
                found.add(name);
            }
        });
    }

    private void store(Expr target) {
        switch (target) {
            case Expr.Name name -> names.remove(name.name());
            case Expr.TupleOf tuple -> tuple.items().forEach(this::store);
            default -> {}
        }
    }
}
