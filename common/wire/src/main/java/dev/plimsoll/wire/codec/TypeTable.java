package dev.plimsoll.wire.codec;

import java.util.Arrays;
import java.util.Map;

/**
 * Finds a family's record by the bytes of its header, as they came. Every record of a journal goes
 * through it, so it makes no text of them.
 */
final class TypeTable {

    private final byte[][] types;
    private final Class<?>[] leaves;

    TypeTable(Map<String, Class<?>> leavesByType) {
        int places = Integer.highestOneBit(leavesByType.size() * 4);
        types = new byte[places][];
        leaves = new Class<?>[places];
        leavesByType.forEach((type, leaf) -> {
            byte[] bytes = WireHeaders.utf8(type);
            int place = place(bytes);
            types[place] = bytes;
            leaves[place] = leaf;
        });
    }

    /** Null when it is none of the family's. */
    Class<?> find(byte[] type) {
        return leaves[place(type)];
    }

    /** Where it is, or where it would be put: there is always a place that is free. */
    private int place(byte[] type) {
        int place = Arrays.hashCode(type) & (types.length - 1);
        while (types[place] != null && !Arrays.equals(types[place], type)) {
            place = (place + 1) & (types.length - 1);
        }
        return place;
    }
}
