package dev.plimsoll.wire.protocol;

/** A source's share of the samples of a step, relative to the other sources' weights. */
public final class SourceWeight {

    public static final int MAX = 1_000;

    private SourceWeight() {}

    /** Throws IllegalArgumentException, naming the value and what is allowed. */
    public static void require(int weight) {
        if (weight < 1 || weight > MAX) {
            throw new IllegalArgumentException(
                    "weight " + weight + " is not usable; use a whole number from 1 to " + MAX);
        }
    }
}
