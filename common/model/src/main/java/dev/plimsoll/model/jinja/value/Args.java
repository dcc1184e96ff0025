package dev.plimsoll.model.jinja.value;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Arguments of a call: those by place, those by name in order. */
public record Args(List<Object> places, Map<String, Object> names) {

    public static final Args NONE = new Args(List.of(), Map.of());

    public static Args of(Object... places) {
        return new Args(java.util.Arrays.asList(places), Map.of());
    }

    /** With one more in front. */
    public Args after(Object first) {
        List<Object> all = new java.util.ArrayList<>(places.size() + 1);
        all.add(first);
        all.addAll(places);
        return new Args(all, names);
    }

    /** With one more by name. */
    public Args with(String name, Object value) {
        Map<String, Object> all = copyOfNames();
        all.put(name, value);
        return new Args(places, all);
    }

    public Args from(int place) {
        return new Args(places.subList(Math.min(place, places.size()), places.size()), names);
    }

    public Map<String, Object> copyOfNames() {
        return new LinkedHashMap<>(names);
    }
}
