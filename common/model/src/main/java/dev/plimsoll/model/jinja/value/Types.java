package dev.plimsoll.model.jinja.value;

import java.math.BigInteger;

/** Names of types for messages. */
public final class Types {

    private Types() {}

    public static String name(Object value) {
        return switch (value) {
            case null -> "None";
            case Str str -> "a string";
            case Boolean flag -> "a boolean";
            case Long number -> "a whole number";
            case BigInteger number -> "a whole number";
            case Double number -> "a number";
            case Seq seq -> seq.isTuple() ? "a tuple" : "a list";
            case Dict dict -> "a dictionary";
            case DictView view -> "a view of a dictionary";
            case Range range -> "a range";
            case Gen gen -> "a generator";
            case Undef undef -> "an undefined value";
            case Namespace namespace -> "a namespace";
            case Fn fn -> "a " + fn.what();
            default -> "a value";
        };
    }
}
