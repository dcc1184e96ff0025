package dev.plimsoll.model.samples;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The fields of a record; knows which of them were looked at. */
final class Fields {

    private final Map<?, ?> values;
    private final Set<String> lookedAt = new HashSet<>();

    Fields(Map<?, ?> values) {
        this.values = values;
    }

    /** Every name, in the order of the record. */
    List<String> names() {
        return values.keySet().stream().map(String.class::cast).toList();
    }

    /** True if the field is there, null or not. */
    boolean has(String name) {
        return values.containsKey(name);
    }

    /** The value, without counting as a look at it; null where the field lacks. */
    Object peek(String name) {
        return values.get(name);
    }

    /** The value; null where the field lacks. */
    Object get(String name) {
        lookedAt.add(name);
        return values.get(name);
    }

    /** The value, unless it lacks or says nothing: null, "", an empty list or object. */
    Optional<Object> given(String name) {
        return Optional.ofNullable(get(name)).filter(value -> !Values.empty(value));
    }

    /** A string that may lack; null and white space count as lacking. */
    Optional<String> text(String name) throws Refused {
        return given(name).isPresent() ? Optional.of(string(name)) : Optional.empty();
    }

    /** A string that must be there. */
    String string(String name) throws Refused {
        Object value = get(name);
        if (value instanceof String text) {
            Values.requireWellFormed(text, "field " + name);
            return text;
        }
        throw Refused.badField("field " + name
                + (has(name) ? " is " + Values.kind(value) : " is missing") + "; give a string"
                + (has(name) ? "" : ", or say where it stands: --map " + name + "=NAME"));
    }

    /** A string that must be there and is trained, so it must say something. */
    String trained(String name) throws Refused {
        String text = string(name);
        if (text.isBlank()) {
            throw Refused.nothingToTrain("field " + name
                    + " is empty, and it is what would be trained; fill it, or drop the sample");
        }
        return text;
    }

    /** The names of the fields that say something and that nobody asked for. */
    List<String> leftAlone() {
        return names().stream()
                .filter(name -> !lookedAt.contains(name) && !Values.empty(values.get(name)))
                .toList();
    }
}
