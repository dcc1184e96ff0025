package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.builtin.Env;
import dev.plimsoll.model.jinja.builtin.Globals;
import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.StrBuilder;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What one rendering knows. */
final class State {
    final Env env;
    final Budget budget;
    final StrBuilder output;

    /** Begin and end of what generation blocks gave, in the order in which they ended. */
    final List<int[]> generated = new ArrayList<>();

    private final Map<String, Object> variables;

    State(Env env, Map<String, Object> variables) {
        this.env = env;
        this.budget = env.budget();
        this.output = new StrBuilder(budget);
        this.variables = variables;
    }

    /** A variable of the caller or a global function, or {@link Missing#MISSING}. */
    Object resolve(String name) {
        if (variables.containsKey(name)) {
            return variables.get(name);
        }
        return Globals.NAMES.contains(name) ? Globals.get(name, env) : Missing.MISSING;
    }
}
