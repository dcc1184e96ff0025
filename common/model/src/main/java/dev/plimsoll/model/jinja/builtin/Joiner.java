package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Fn;
import dev.plimsoll.model.jinja.value.HasAttributes;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Str;

/** Gives nothing the first time and the separator from then on. */
final class Joiner implements Fn, HasAttributes {
    private final Object separator;
    private boolean used;

    Joiner(Object separator) {
        this.separator = separator;
    }

    @Override
    public Object call(Args args) {
        if (!used) {
            used = true;
            return Str.EMPTY;
        }
        return separator;
    }

    @Override
    public Object attribute(String name) {
        return switch (name) {
            case "sep" -> separator;
            case "used" -> used;
            default -> Missing.MISSING;
        };
    }
}
