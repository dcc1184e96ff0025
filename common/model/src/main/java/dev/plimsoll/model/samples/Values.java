package dev.plimsoll.model.samples;

import dev.plimsoll.model.json.JsonFault;
import dev.plimsoll.model.json.JsonReader;
import dev.plimsoll.model.json.Shown;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values of JSON: what they are called in messages, and whether they can be rendered. */
final class Values {

    private static final int SHOWN_CHARACTERS = 60;

    private Values() {}

    /** In a sentence: "a list", "the number 5". */
    static String kind(Object value) {
        return switch (value) {
            case null -> "null";
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "a list";
            case String _ -> "a string";
            case Number number -> "the number " + shown(number.toString());
            default -> value.toString();
        };
    }

    static String shown(String text) {
        return Shown.text(text, SHOWN_CHARACTERS);
    }

    /** True for null, "", and lists and objects with nothing in them. */
    static boolean empty(Object value) {
        return switch (value) {
            case null -> true;
            case String text -> text.isBlank();
            case List<?> list -> list.isEmpty();
            case Map<?, ?> map -> map.isEmpty();
            default -> false;
        };
    }

    /** True and false, also as tables write them. */
    static Optional<Boolean> truth(Object value) {
        return switch (value) {
            case Boolean truth -> Optional.of(truth);
            case String text when text.equalsIgnoreCase("true") -> Optional.of(true);
            case String text when text.equalsIgnoreCase("false") -> Optional.of(false);
            case null, default -> Optional.empty();
        };
    }

    /** A number, also as tables write it. */
    static Optional<Double> number(Object value) {
        if (value instanceof Number number) {
            return Optional.of(number.doubleValue());
        }
        if (value instanceof String text && text.matches("[+-]?[0-9]{1,15}(\\.[0-9]{0,15})?")) {
            return Optional.of(Double.parseDouble(text));
        }
        return Optional.empty();
    }

    /**
     * A list, also one that stands as JSON in a string, as tables have it.
     *
     * @return the value itself where it is neither
     */
    static Object unwrapped(Object value) {
        if (value instanceof String text && text.stripLeading().startsWith("[")) {
            try {
                return JsonReader.read(text);
            } catch (JsonFault e) {
                return value;
            }
        }
        return value;
    }

    /** Refuses what no tokenizer can take: halves of surrogate pairs and numbers such as NaN. */
    static void requireRenderable(Object value, String where) throws Refused {
        switch (value) {
            case String text -> requireWellFormed(text, where);
            case Double number
            when !Double.isFinite(number) ->
                throw Refused.badField(
                        where + " is " + number + ", which is no number of JSON; give a number");
            case List<?> list -> {
                for (Object element : list) {
                    requireRenderable(element, where);
                }
            }
            case Map<?, ?> map -> {
                for (Map.Entry<?, ?> field : map.entrySet()) {
                    requireRenderable(field.getKey(), where);
                    requireRenderable(field.getValue(), where);
                }
            }
            case null, default -> {
                // true, false, null, whole numbers
            }
        }
    }

    static void requireWellFormed(String text, String where) throws Refused {
        if (!wellFormed(text)) {
            throw Refused.badField(where + " holds half of a surrogate pair, which is no"
                    + " character; write the whole pair or the character itself");
        }
    }

    static boolean wellFormed(String text) {
        return text.codePoints()
                .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
