package dev.plimsoll.audit.table;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** As {@link LongMap}, of numbers to numbers, which need no objects. */
public final class LongNumbers {

    /** No value: what stands where nothing is. */
    public static final long NONE = Long.MIN_VALUE;

    private static final int LEAST = 16;

    private long[] keys = new long[LEAST];
    private long[] values = empty(LEAST);
    private int size;

    private static long[] empty(int length) {
        long[] values = new long[length];
        Arrays.fill(values, NONE);
        return values;
    }

    /** {@link #NONE} where there is none. */
    public long get(long key) {
        return values[place(key)];
    }

    public boolean containsKey(long key) {
        return get(key) != NONE;
    }

    /** 0 where there is none. */
    public long count(long key) {
        long found = get(key);
        return found == NONE ? 0 : found;
    }

    public void countOne(long key) {
        int place = place(key);
        if (values[place] == NONE) {
            put(key, 1);
        } else {
            values[place]++;
        }
    }

    /** Returns what was there before; {@link #NONE} when nothing was. */
    public long put(long key, long value) {
        int place = place(key);
        long before = values[place];
        keys[place] = key;
        values[place] = value;
        if (before == NONE && ++size > keys.length / 3 * 2) {
            grow();
        }
        return before;
    }

    /** Returns what was there before, which stays; {@link #NONE} when nothing was. */
    public long putIfAbsent(long key, long value) {
        long before = get(key);
        return before == NONE ? put(key, value) : before;
    }

    /** In no order. */
    public LongStream keys() {
        return IntStream.range(0, keys.length)
                .filter(place -> values[place] != NONE)
                .mapToLong(place -> keys[place]);
    }

    /** In no order. */
    public LongStream values() {
        return Arrays.stream(values).filter(value -> value != NONE);
    }

    private int place(long key) {
        int mask = keys.length - 1;
        int place = LongMap.hash(key) & mask;
        while (values[place] != NONE && keys[place] != key) {
            place = place + 1 & mask;
        }
        return place;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = empty(2 * oldKeys.length);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != NONE) {
                int place = place(oldKeys[i]);
                keys[place] = oldKeys[i];
                values[place] = oldValues[i];
            }
        }
    }
}
