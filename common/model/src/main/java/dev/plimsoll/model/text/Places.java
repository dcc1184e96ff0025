package dev.plimsoll.model.text;

import java.util.Arrays;
import java.util.BitSet;

/** Where each message stands in a text, found in one pass. */
final class Places {

    private final int[] first;
    private final int[] end;
    private final BitSet origins = new BitSet();

    Places(MarkedText text, ChatVariables variables) {
        first = new int[variables.size()];
        end = new int[variables.size()];
        Arrays.fill(first, -1);
        for (int at = 0; at < text.length(); at++) {
            int origin = text.origin(at);
            origins.set(origin);
            int message = variables.message(origin);
            if (message != Source.NO_MESSAGE) {
                first[message] = first[message] < 0 ? at : first[message];
                end[message] = at + 1;
            }
        }
    }

    boolean has(int message) {
        return first[message] >= 0;
    }

    int first(int message) {
        return first[message];
    }

    /** One more than its last char. */
    int end(int message) {
        return end[message];
    }

    boolean hasOrigin(int origin) {
        return origins.get(origin);
    }
}
