package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.SequenceRef;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;

/**
 * Packs sequences into one micro-batch: the longest first, then always the longest that still fits.
 */
public final class Composer {
    /**
     * Shortest first; of equal lengths the later ordinal first, so that descending gives ordinals
     * in order.
     */
    public static final Comparator<SequenceRef> BY_LENGTH = Comparator.comparingInt(
                    SequenceRef::tokens)
            .thenComparing(Comparator.comparingLong(SequenceRef::ordinal).reversed());

    private Composer() {}

    /**
     * At least one sequence, unless there is none. Together they have at most {@code maxTokens}
     * tokens, except that a longer one goes alone.
     *
     * @param byLength ordered {@link #BY_LENGTH}; not changed
     * @param maxSequences at least 1
     */
    public static List<SequenceRef> pack(
            NavigableSet<SequenceRef> byLength, int maxTokens, int maxSequences) {
        List<SequenceRef> packed = new ArrayList<>();
        if (byLength.isEmpty()) {
            return packed;
        }
        SequenceRef last = byLength.last();
        packed.add(last);
        long room = (long) maxTokens - last.tokens();
        while (room > 0 && packed.size() < maxSequences) {
            last = longestBelow(byLength, last, room);
            if (last == null) {
                break;
            }
            packed.add(last);
            room -= last.tokens();
        }
        return packed;
    }

    private static SequenceRef longestBelow(
            NavigableSet<SequenceRef> byLength, SequenceRef last, long room) {
        if (last.tokens() <= room) {
            return byLength.lower(last);
        }
        // the first of all that are as long as the room
        return byLength.floor(new SequenceRef(0, (int) room, 0, 1));
    }
}
