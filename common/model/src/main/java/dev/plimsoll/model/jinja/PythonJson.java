package dev.plimsoll.model.jinja;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Json;
import dev.plimsoll.model.jinja.value.Str;

/** JSON as a chat template's {@code tojson} writes it, for what a template itself cannot write. */
public final class PythonJson {

    private PythonJson() {}

    /**
     * On one line, with a space behind each comma and colon, characters as they are, and numbers as
     * Python writes them. As deep as the value is: no template has a part in it.
     *
     * @param value as {@link JinjaTemplate#render} takes it
     */
    public static String write(Object value) {
        Budget budget = Budget.unlimited();
        return new Json(budget, false, null, Str.of(", "), Str.of(": "), false)
                .write(Values.of(value, budget))
                .string();
    }
}
