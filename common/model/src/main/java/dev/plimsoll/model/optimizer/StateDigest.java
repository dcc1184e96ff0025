package dev.plimsoll.model.optimizer;

/**
 * One number for a vector of floats, equal where the bits are:
 *
 * <pre>
 * digest = Σ mix(i · 2³² + bits(values[i])) mod 2⁶⁴, i from firstIndex on
 * </pre>
 *
 * <p>It adds up: the digests of the slices of a vector give that of the whole, however it is cut. A
 * zero and a negative zero differ; every NaN counts as the same one, since machines differ in which
 * they make. It finds faults, not forgeries.
 */
public final class StateDigest {
    /** Indexes have 32 bits. */
    static final long MAX_PARAMETERS = 1L << 32;

    private static final long[] INDEXES = Mix.newRamp(FloatTile.LENGTH, 1L << 32);

    private StateDigest() {}

    /** @param firstIndex the index of the first value in the whole vector */
    public static long of(float[] values, long firstIndex) {
        if (firstIndex < 0 || firstIndex + values.length > MAX_PARAMETERS) {
            throw new IllegalArgumentException("values " + firstIndex + " to "
                    + (firstIndex + values.length) + "; a digest covers at most "
                    + MAX_PARAMETERS);
        }
        return Slices.sum(values.length, slice -> of(values, firstIndex, slice.from(), slice.to()));
    }

    private static long of(float[] values, long firstIndex, int from, int to) {
        FloatTile tile = new FloatTile();
        long[] keys = new long[FloatTile.LENGTH];
        long sum = 0;
        for (int at = from; at < to; at += FloatTile.LENGTH) {
            tile.read(values, at, Math.min(FloatTile.LENGTH, to - at));
            if (tile.largest() > FloatTile.INFINITE) {
                tile.unifyNaN();
            }
            Mix.ramp(keys, firstIndex + at << 32, INDEXES, tile.count());
            addBits(keys, tile.bits(), tile.count());
            Mix.mix(keys, tile.count());
            sum += sum(keys, tile.count());
        }
        return sum;
    }

    private static void addBits(long[] keys, int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            keys[i] += bits[i] & 0xffff_ffffL;
        }
    }

    private static long sum(long[] values, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[i];
        }
        return sum;
    }
}
