package dev.plimsoll.model.text;

import java.util.Arrays;

/**
 * A text's tokens.
 *
 * @param from each token's first char in the text; tokens of one character share their place, and
 *     places may overlap
 * @param to one more than its last
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Encoded(int[] ids, int[] from, int[] to) {

    int size() {
        return ids.length;
    }

    /** Whether these ids are the first ones. */
    boolean beginsWith(int[] first) {
        return size() >= first.length
                && Arrays.equals(ids, 0, first.length, first, 0, first.length);
    }

    /** The first tokens. */
    Encoded first(int count) {
        return new Encoded(
                Arrays.copyOf(ids, count), Arrays.copyOf(from, count), Arrays.copyOf(to, count));
    }

    /** The first token that begins at or after a char; {@link #size} if none. */
    int at(int place) {
        int low = 0;
        int high = size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (from[middle] < place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
