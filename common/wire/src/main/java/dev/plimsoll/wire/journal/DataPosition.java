package dev.plimsoll.wire.journal;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far a run is with its data between two steps. In each epoch the sequences have an order that
 * is fixed (the first epoch's is by ordinal, later ones are shuffled), and steps take those of one
 * source in this order. So all of a source before a place in it are trained or rejected, and none
 * from it on.
 *
 * @param epoch the first is 0
 * @param rank the place in the epoch's order of the first sequence that is not trained, for sources
 *     that {@code sources} does not name; {@link #END} when there is none and none can come
 * @param sources by name; empty in a run that has no source but the default one
 */
public record DataPosition(
        int epoch,
        long rank,

        @AddedLater("{}") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        SortedMap<String, SourcePosition> sources) {

    public static final long END = Long.MAX_VALUE;

    public DataPosition {
        sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
    }

    /** Of a run that has no source but the default one. */
    public DataPosition(int epoch, long rank) {
        this(epoch, rank, Collections.emptySortedMap());
    }

    /** The place of the source's first sequence that is not trained. */
    public long rankOf(String source) {
        SourcePosition of = sources.get(source);
        return of == null ? rank : of.rank();
    }
}
