package dev.plimsoll.model.jinja;

import java.util.List;

/**
 * What a template makes of its variables.
 *
 * @param generated what stands between {@code {% generation %}} and {@code {% endgeneration %}}, in
 *     order; empty where the template has no such block or none was reached
 */
public record Rendering(Text text, List<Span> generated) {

    public Rendering {
        generated = List.copyOf(generated);
    }
}
