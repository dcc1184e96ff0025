package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.value.Fn;
import dev.plimsoll.model.jinja.value.HasAttributes;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Seq;

import java.util.List;

/** Gives its values in turn and begins again after the last. */
final class Cycler implements HasAttributes {
    private final List<Object> items;
    private int at;

    Cycler(List<Object> items) {
        this.items = items;
    }

    @Override
    public Object attribute(String name) {
        return switch (name) {
            case "current" -> items.get(at);
            case "next" ->
                (Fn) args -> {
                    Object current = items.get(at);
                    at = (at + 1) % items.size();
                    return current;
                };
            case "reset" ->
                (Fn) args -> {
                    at = 0;
                    return null;
                };
            case "items" -> Seq.tuple(items);
            case "pos" -> (long) at;
            default -> Missing.MISSING;
        };
    }
}
