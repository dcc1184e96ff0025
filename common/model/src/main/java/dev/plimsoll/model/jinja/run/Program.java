package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.builtin.Env;
import dev.plimsoll.model.jinja.parse.Parser;
import dev.plimsoll.model.jinja.parse.Stmt;
import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Str;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/** A template, ready to run. It has no state. */
public final class Program {

    private final Step steps;
    private final Entry entry;
    private final boolean marksGeneration;

    private Program(Step steps, Entry entry, boolean marksGeneration) {
        this.steps = steps;
        this.entry = entry;
        this.marksGeneration = marksGeneration;
    }

    /** @throws Failure of kind SYNTAX, UNSUPPORTED or LIMIT */
    public static Program of(String source) {
        try {
            List<Stmt> statements = Parser.parse(source);
            Symbols symbols = new Symbols(null);
            SymbolFinder.statements(statements, symbols);
            Compiler compiler = new Compiler();
            Step steps = compiler.statements(statements, new Frame(symbols, false, false));
            return new Program(steps, symbols.entry(), compiler.marksGeneration());
        } catch (StackOverflowError tooDeep) {
            throw Failure.limit("the template is nested too deep");
        }
    }

    public boolean marksGeneration() {
        return marksGeneration;
    }

    /** @param generated begin and end of what each generation block gave */
    public record Result(Str text, List<int[]> generated) {}

    /** @throws Failure of any kind but SYNTAX */
    public Result run(Map<String, Object> variables, LocalDateTime now, Budget budget) {
        State state = new State(new Env(budget, now), variables);
        try {
            steps.run(entry.enter(state, null), state.output);
        } catch (StackOverflowError tooDeep) {
            throw Failure.limit("calls or values are nested too deep");
        }
        return new Result(state.output.build(), state.generated);
    }
}
