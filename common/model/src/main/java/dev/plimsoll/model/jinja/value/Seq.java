package dev.plimsoll.model.jinja.value;

import java.util.Arrays;
import java.util.List;

/** A list, or a tuple. Nothing changes it. Two are the same only as objects. */
public final class Seq {
    private final List<Object> items;
    private final boolean tuple;
    private final List<String> names;

    private Seq(List<Object> items, boolean tuple, List<String> names) {
        this.items = items;
        this.tuple = tuple;
        this.names = names;
    }

    public static Seq list(List<Object> items) {
        return new Seq(items, false, List.of());
    }

    public static Seq tuple(List<Object> items) {
        return new Seq(items, true, List.of());
    }

    public static Seq tuple(Object... items) {
        return new Seq(Arrays.asList(items), true, List.of());
    }

    /** A tuple whose first items have names too. */
    public static Seq named(List<String> names, Object... items) {
        return new Seq(Arrays.asList(items), true, names);
    }

    public List<String> names() {
        return names;
    }

    public List<Object> items() {
        return items;
    }

    public boolean isTuple() {
        return tuple;
    }

    /** Of the same type. */
    public Seq with(List<Object> others) {
        return new Seq(others, tuple, List.of());
    }
}
