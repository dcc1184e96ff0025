package dev.plimsoll.model.jinja;

import java.util.List;

/**
 * A string whose characters know where they come from. An origin is a number that the caller of
 * {@link JinjaTemplate#render} gave; 0 is the template itself.
 */
public record Text(String string, List<Run> runs) {

    /** Characters from {@code from} to {@code to} (not among them) are of {@code origin}, not 0. */
    public record Run(int from, int to, int origin) {}

    public Text {
        runs = List.copyOf(runs);
    }

    /** All of one origin. */
    public static Text of(String string, int origin) {
        return new Text(
                string,
                origin == 0 || string.isEmpty()
                        ? List.of()
                        : List.of(new Run(0, string.length(), origin)));
    }
}
