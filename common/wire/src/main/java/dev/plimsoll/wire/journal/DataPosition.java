package dev.plimsoll.wire.journal;

/**
 * How far a run is with its data between two steps: in each epoch steps take sequences in an order
 * that is fixed (the first epoch's is by ordinal, later ones are shuffled), so all before a place
 * in it are trained or rejected, and none from it on.
 *
 * @param epoch the first is 0
 * @param rank the place in the epoch's order of the first sequence that is not trained;
 *     {@link #END} when there is none and none can come
 */
public record DataPosition(int epoch, long rank) {

    public static final long END = Long.MAX_VALUE;
}
