package dev.plimsoll.audit.table;

import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A map for millions of numbers: a table with open addressing, at most two thirds full. Null is no
 * value.
 */
public final class LongMap<V> {

    private static final int LEAST = 16;

    /** 2⁶⁴ divided by the golden ratio (Knuth, TAOCP 6.4). */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long[] keys = new long[LEAST];
    private Object[] values = new Object[LEAST];
    private int size;

    public V get(long key) {
        return at(place(key));
    }

    public boolean containsKey(long key) {
        return get(key) != null;
    }

    /** Returns what was there before; null when nothing was. */
    public V put(long key, V value) {
        int place = place(key);
        V before = at(place);
        keys[place] = key;
        values[place] = value;
        if (before == null && ++size > keys.length / 3 * 2) {
            grow();
        }
        return before;
    }

    /** Returns what was there before, which stays; null when nothing was. */
    public V putIfAbsent(long key, V value) {
        V before = get(key);
        return before == null ? put(key, value) : before;
    }

    /** In no order. */
    public LongStream keys() {
        return IntStream.range(0, keys.length)
                .filter(place -> values[place] != null)
                .mapToLong(place -> keys[place]);
    }

    /**
     * Eight neighbours stay together, which is a line of the processor's cache, and go far from the
     * next eight: offsets and ordinals mostly come one after the other.
     */
    static int hash(long key) {
        return (int) ((key >>> 3) * GOLDEN >>> 32) << 3 | (int) key & 7;
    }

    /** Where the key is, or where it belongs. */
    private int place(long key) {
        int mask = keys.length - 1;
        int place = hash(key) & mask;
        while (values[place] != null && keys[place] != key) {
            place = place + 1 & mask;
        }
        return place;
    }

    @SuppressWarnings("unchecked")
    private V at(int place) {
        return (V) values[place];
    }

    private void grow() {
        long[] oldKeys = keys;
        Object[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new Object[2 * oldKeys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != null) {
                int place = place(oldKeys[i]);
                keys[place] = oldKeys[i];
                values[place] = oldValues[i];
            }
        }
    }
}
