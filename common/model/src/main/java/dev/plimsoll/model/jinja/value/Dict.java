package dev.plimsoll.model.jinja.value;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A dictionary in order of insertion, with Python's equality of keys: 1, 1.0 and True are one. */
public final class Dict {

    /** A key as it was first given, and its value. */
    public record Entry(Object key, Object value) {}

    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    /** The value, or {@link Missing#MISSING}. */
    public Object get(Object key) {
        Entry entry = entries.get(normal(key));
        return entry == null ? Missing.MISSING : entry.value();
    }

    public boolean has(Object key) {
        return entries.containsKey(normal(key));
    }

    public void put(Object key, Object value) {
        Object normal = normal(key);
        Entry old = entries.get(normal);
        entries.put(normal, new Entry(old == null ? key : old.key(), value));
    }

    public void putAll(Dict other) {
        other.entries().forEach(entry -> put(entry.key(), entry.value()));
    }

    public int size() {
        return entries.size();
    }

    public Collection<Entry> entries() {
        return entries.values();
    }

    /** A key by which equal ones are found. @throws Failure for lists and dictionaries */
    static Object normal(Object key) {
        return switch (key) {
            case null -> Missing.MISSING;
            case Str str -> str;
            case Boolean flag -> flag ? 1L : 0L;
            case Double number -> whole(number);
            case Seq seq
            when seq.isTuple() -> {
                List<Object> parts = new ArrayList<>();
                seq.items().forEach(item -> parts.add(normal(item)));
                yield parts;
            }
            case Seq seq -> throw Failure.type("a list cannot be a key");
            case Dict dict -> throw Failure.type("a dictionary cannot be a key");
            case Undef undef -> Undef.class;
            default -> key;
        };
    }

    private static Object whole(Double number) {
        if (Double.isInfinite(number) || Double.isNaN(number) || number != Math.rint(number)) {
            return number;
        }
        if (Math.abs(number) < 0x1p62) {
            return (long) (double) number;
        }
        BigInteger big = new java.math.BigDecimal(number).toBigInteger();
        return Numbers.small(big);
    }
}
