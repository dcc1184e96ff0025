package dev.plimsoll.model.shapes;

/** Rounds up. */
public final class Rounding {

    private Rounding() {}

    /** The least multiple that is not below the value; neither is negative. */
    public static long up(long value, long multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }
}
