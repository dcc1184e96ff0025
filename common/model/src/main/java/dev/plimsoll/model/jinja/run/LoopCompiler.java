package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.parse.Expr;
import dev.plimsoll.model.jinja.parse.Stmt;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Gen;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/** Makes code of loops. */
final class LoopCompiler {

    private final Compiler compiler;

    LoopCompiler(Compiler compiler) {
        this.compiler = compiler;
    }

    /**
     * A loop, ready to run.
     *
     * @param loopSlot of the variable {@code loop}, or -1 if it is not used
     * @param test null if all items are taken
     */
    private record Parts(
            Targets.Place target,
            Entry entry,
            int loopSlot,
            Step body,
            Test test,
            Entry elseEntry,
            Step otherwise,
            boolean recursive) {}

    /** The condition of a loop. It has variables of its own. */
    private record Test(Targets.Place target, Entry entry, Code code) {}

    Step loop(Stmt.For loop, Frame frame) {
        Frame inner = frame.inner().inLoop();
        boolean extended =
                loop.recursive() || !Undeclared.of(loop.body(), Set.of("loop")).isEmpty();
        if (extended) {
            inner.symbols().parameter("loop");
        }
        SymbolFinder.parameters(loop.target(), inner.symbols());
        SymbolFinder.statements(loop.body(), inner.symbols());
        Frame otherwise = loop.recursive() ? frame.inner().outOfLoops() : frame.inner();
        SymbolFinder.statements(loop.otherwise(), otherwise.symbols());
        LoopNames.check(loop);
        Parts parts = new Parts(
                Targets.place(loop.target(), inner),
                inner.symbols().entry(),
                extended ? inner.symbols().slot("loop") : -1,
                compiler.statements(loop.body(), inner),
                loop.test() == null ? null : test(loop, frame),
                otherwise.symbols().entry(),
                loop.otherwise().isEmpty()
                        ? null
                        : compiler.statements(loop.otherwise(), otherwise),
                loop.recursive());
        Code over = ExprCompiler.at(loop.line(), ExprCompiler.code(loop.over(), frame));
        if (loop.recursive()) {
            return (scope, out) -> {
                out.append((Str) render(parts, scope, over.eval(scope), 0));
                return Step.End.NORMAL;
            };
        }
        return (scope, out) -> run(parts, scope, over.eval(scope), 0, out);
    }

    private static Test test(Stmt.For loop, Frame frame) {
        Frame inner = frame.inner();
        SymbolFinder.parameters(loop.target(), inner.symbols());
        SymbolFinder.load(loop.test(), inner.symbols());
        Code code = ExprCompiler.code(loop.test(), inner);
        return new Test(Targets.place(loop.target(), inner), inner.symbols().entry(), code);
    }

    private static Object render(Parts parts, Scope scope, Object items, int depth) {
        scope.state.budget.enter();
        StrBuilder out = new StrBuilder(scope.state.budget);
        run(parts, scope, items, depth, out);
        scope.state.budget.leave();
        return out.build();
    }

    private static Step.End run(Parts parts, Scope scope, Object over, int depth, StrBuilder out) {
        Iterator<Object> items = Py.iterate(over, "the loop goes over", scope.state.budget);
        boolean sized = parts.test() == null && Py.iterable(over) && !(over instanceof Gen);
        if (parts.test() != null) {
            items = chosen(items, parts.test(), scope);
        }
        Loop.Recursion recursion =
                parts.recursive() ? (inner, deeper) -> render(parts, scope, inner, deeper) : null;
        Loop loop =
                new Loop(items, sized ? Py.length(over) : -1, recursion, depth, scope.state.budget);
        Scope own = parts.entry().enter(scope);
        boolean ranThrough = false;
        while (loop.hasNext()) {
            parts.target().set(own, loop.next());
            if (parts.loopSlot() >= 0) {
                own.values[parts.loopSlot()] = loop;
            }
            parts.entry().load(own);
            Step.End end = parts.body().run(own, out);
            if (end == Step.End.BREAK) {
                break;
            }
            ranThrough |= end == Step.End.NORMAL;
        }
        // as Jinja: the else runs if no round came to its end, also if all were continued
        if (parts.otherwise() != null && !ranThrough) {
            return parts.otherwise().run(parts.elseEntry().enter(scope), out);
        }
        return Step.End.NORMAL;
    }

    private static Iterator<Object> chosen(Iterator<Object> items, Test test, Scope scope) {
        Scope own = test.entry().enter(scope);
        return new Iterator<>() {
            private Object next = Missing.MISSING;

            @Override
            public boolean hasNext() {
                while (next == Missing.MISSING && items.hasNext()) {
                    Object item = items.next();
                    test.target().set(own, item);
                    if (Py.truth(test.code().eval(own))) {
                        next = item;
                    }
                }
                return next != Missing.MISSING;
            }

            @Override
            public Object next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Object given = next;
                next = Missing.MISSING;
                return given;
            }
        };
    }

    /** Refuses templates that assign to {@code loop} within a loop, as Jinja does. */
    private static final class LoopNames {

        private static void check(Stmt.For loop) {
            target(loop.target());
            loop.body().forEach(LoopNames::statement);
            loop.otherwise().forEach(LoopNames::statement);
        }

        private static void statement(Stmt statement) {
            switch (statement) {
                case Stmt.For loop -> check(loop);
                case Stmt.If condition -> {
                    all(condition.body());
                    condition.elifs().forEach(LoopNames::statement);
                    all(condition.otherwise());
                }
                case Stmt.Assign assign -> target(assign.target());
                case Stmt.AssignBlock assign -> {
                    target(assign.target());
                    all(assign.body());
                }
                case Stmt.Macro macro -> all(macro.body());
                case Stmt.CallBlock block -> all(block.body());
                case Stmt.Generation generation -> all(generation.body());
                case Stmt.FilterBlock block -> all(block.body());
                case Stmt.With with -> all(with.body());
                case Stmt.Scope scope -> all(scope.body());
                case Stmt.Output output -> {}
                case Stmt.Break end -> {}
                case Stmt.Continue end -> {}
            }
        }

        private static void all(List<Stmt> statements) {
            statements.forEach(LoopNames::statement);
        }

        private static void target(Expr target) {
            switch (target) {
                case Expr.Name name
                when name.name().equals("loop") ->
                    throw new Failure(
                            Failure.Kind.SYNTAX, name.line(), "'loop' is assigned within a loop");
                case Expr.TupleOf tuple -> tuple.items().forEach(LoopNames::target);
                default -> {}
            }
        }
    }
}
