package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.parse.Expr;
import dev.plimsoll.model.jinja.parse.Stmt;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Repr;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;

import java.util.ArrayList;
import java.util.List;

/** Makes code of statements. */
final class Compiler {

    /** Where a filter of a block finds what the block gave; no template can write this name. */
    private static final String BLOCK = " block";

    private boolean marksGeneration;

    /** Whether a generation block was among the statements. */
    boolean marksGeneration() {
        return marksGeneration;
    }

    Step statements(List<Stmt> statements, Frame frame) {
        Step[] steps = statements.stream()
                .map(each -> at(each.line(), statement(each, frame)))
                .toArray(Step[]::new);
        return (scope, out) -> {
            for (Step step : steps) {
                scope.state.budget.step();
                Step.End end = step.run(scope, out);
                if (end != Step.End.NORMAL) {
                    return end;
                }
            }
            return Step.End.NORMAL;
        };
    }

    private static Step at(int line, Step step) {
        return (scope, out) -> {
            try {
                return step.run(scope, out);
            } catch (Failure failure) {
                throw failure.at(line);
            }
        };
    }

    private Step statement(Stmt statement, Frame frame) {
        return switch (statement) {
            case Stmt.Output output -> output(output, frame);
            case Stmt.For loop -> new LoopCompiler(this).loop(loop, frame);
            case Stmt.If condition -> condition(condition, frame.underCondition());
            case Stmt.Macro macro -> {
                Macro.Definition definition = new MacroCompiler(this)
                        .definition(
                                macro.name(),
                                macro.line(),
                                macro.parameters(),
                                macro.defaults(),
                                macro.body(),
                                frame);
                Targets.Place place =
                        Targets.place(new Expr.Name(macro.line(), macro.name()), frame);
                yield (scope, out) -> {
                    place.set(scope, new Macro(definition, scope));
                    return Step.End.NORMAL;
                };
            }
            case Stmt.CallBlock block -> new MacroCompiler(this).call(block, frame);
            case Stmt.Generation generation -> {
                marksGeneration = true;
                yield new MacroCompiler(this).generation(generation, frame);
            }
            case Stmt.FilterBlock block -> filterBlock(block, frame);
            case Stmt.With with -> with(with, frame);
            case Stmt.Assign assign -> assign(assign, frame);
            case Stmt.AssignBlock assign -> assignBlock(assign, frame);
            case Stmt.Scope scoped -> {
                Frame inner = frame.inner();
                SymbolFinder.statements(scoped.body(), inner.symbols());
                Entry entry = inner.symbols().entry();
                Step body = statements(scoped.body(), inner);
                yield (scope, out) -> body.run(entry.enter(scope), out);
            }
            case Stmt.Break end -> control(end.line(), "break", Step.End.BREAK, frame);
            case Stmt.Continue end -> control(end.line(), "continue", Step.End.CONTINUE, frame);
        };
    }

    private static Step control(int line, String name, Step.End end, Frame frame) {
        if (!frame.loop()) {
            throw new Failure(Failure.Kind.SYNTAX, line, "'" + name + "' stands outside of a loop");
        }
        return (scope, out) -> end;
    }

    private static Step output(Stmt.Output output, Frame frame) {
        Step[] parts = output.parts().stream().map(each -> part(each, frame)).toArray(Step[]::new);
        return (scope, out) -> {
            for (Step part : parts) {
                part.run(scope, out);
            }
            return Step.End.NORMAL;
        };
    }

    private static Step part(Expr part, Frame frame) {
        if (part instanceof Expr.Const constant && constant.value() instanceof Str text) {
            return (scope, out) -> {
                out.append(text);
                return Step.End.NORMAL;
            };
        }
        Code code = ExprCompiler.code(part, frame);
        return at(part.line(), (scope, out) -> {
            out.append(Repr.str(code.eval(scope), scope.state.budget));
            return Step.End.NORMAL;
        });
    }

    private Step condition(Stmt.If condition, Frame frame) {
        int count = condition.elifs().size() + 1;
        Code[] tests = new Code[count];
        Step[] bodies = new Step[count];
        for (int i = 0; i < count; i++) {
            Stmt.If branch = i == 0 ? condition : condition.elifs().get(i - 1);
            tests[i] = ExprCompiler.at(branch.line(), ExprCompiler.code(branch.test(), frame));
            bodies[i] = statements(branch.body(), frame);
        }
        Step otherwise = statements(condition.otherwise(), frame);
        return (scope, out) -> {
            for (int i = 0; i < tests.length; i++) {
                scope.state.budget.step();
                if (Py.truth(tests[i].eval(scope))) {
                    return bodies[i].run(scope, out);
                }
            }
            return otherwise.run(scope, out);
        };
    }

    private static Step assign(Stmt.Assign assign, Frame frame) {
        List<Code> checks = new ArrayList<>();
        Targets.check(assign.target(), frame, checks);
        Code value = ExprCompiler.code(assign.value(), frame);
        Targets.Place place = Targets.place(assign.target(), frame);
        return (scope, out) -> {
            for (Code check : checks) {
                check.eval(scope);
            }
            place.set(scope, value.eval(scope));
            return Step.End.NORMAL;
        };
    }

    private Step with(Stmt.With with, Frame frame) {
        Frame inner = frame.inner();
        with.targets().forEach(target -> SymbolFinder.parameters(target, inner.symbols()));
        SymbolFinder.statements(with.body(), inner.symbols());
        Entry entry = inner.symbols().entry();
        Targets.Place[] places = with.targets().stream()
                .map(target -> Targets.place(target, inner))
                .toArray(Targets.Place[]::new);
        Code[] values = ExprCompiler.codes(with.values(), frame);
        Step body = statements(with.body(), inner);
        return (scope, out) -> {
            Scope own = entry.enter(scope);
            for (int i = 0; i < places.length; i++) {
                places[i].set(own, values[i].eval(scope));
            }
            return body.run(own, out);
        };
    }

    private Step filterBlock(Stmt.FilterBlock block, Frame frame) {
        Frame inner = frame.inner();
        SymbolFinder.statements(block.body(), inner.symbols());
        SymbolFinder.load(block.filter(), inner.symbols());
        Captured captured = captured(block.body(), block.filter(), inner);
        return (scope, out) -> {
            Scope own = captured.entry().enter(scope);
            Step.End end = captured.fill().run(own, out);
            if (end == Step.End.NORMAL) {
                out.append(ExprCompiler.string(captured.value().eval(own), "a filtered block"));
            }
            return end;
        };
    }

    private Step assignBlock(Stmt.AssignBlock assign, Frame frame) {
        Frame inner = frame.inner();
        SymbolFinder.statements(assign.body(), inner.symbols());
        Captured captured = captured(assign.body(), assign.filter(), inner);
        List<Code> checks = new ArrayList<>();
        Targets.check(assign.target(), frame, checks);
        Targets.Place place = Targets.place(assign.target(), frame);
        return (scope, out) -> {
            Scope own = captured.entry().enter(scope);
            Step.End end = captured.fill().run(own, out);
            if (end == Step.End.NORMAL) {
                Object value = captured.value().eval(own);
                for (Code check : checks) {
                    check.eval(scope);
                }
                place.set(scope, value);
            }
            return end;
        };
    }

    /**
     * A block whose text is a value.
     *
     * @param fill runs the body and keeps its text
     * @param value the text, filtered if there is a filter
     */
    private record Captured(Entry entry, Step fill, Code value) {}

    private Captured captured(List<Stmt> body, Expr.Filter filter, Frame inner) {
        inner.symbols().parameter(BLOCK);
        int slot = inner.symbols().slot(BLOCK);
        Step steps = statements(body, inner);
        Code text = scope -> scope.values[slot];
        Code value = filter == null ? text : filtered(filter, text, inner);
        Step fill = (scope, out) -> {
            StrBuilder own = new StrBuilder(scope.state.budget);
            Step.End end = steps.run(scope, own);
            scope.values[slot] = own.build();
            return end;
        };
        return new Captured(inner.symbols().entry(), fill, value);
    }

    private static Code filtered(Expr.Filter filter, Code text, Frame frame) {
        Code of = filter.of() instanceof Expr.Filter inner ? filtered(inner, text, frame) : text;
        return CallCompiler.filter(filter, of, frame);
    }
}
