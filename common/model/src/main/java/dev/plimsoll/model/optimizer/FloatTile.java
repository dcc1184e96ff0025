package dev.plimsoll.model.optimizer;

/**
 * The bits of a few floats at a time, in the cache. Loops over such arrays are short and have one
 * thing to do, so that the compiler makes vector instructions of them.
 */
final class FloatTile {
    static final int LENGTH = 1024;
    /** Bits of infinity; those of every NaN are more. */
    static final int INFINITE = 0x7f80_0000;

    private final int[] bits = new int[LENGTH];
    private int count;

    /** Takes values [from, from + count). */
    void read(float[] values, int from, int valueCount) {
        count = valueCount;
        for (int i = 0; i < valueCount; i++) {
            bits[i] = Float.floatToRawIntBits(values[from + i]);
        }
    }

    int[] bits() {
        return bits;
    }

    int count() {
        return count;
    }

    /** The bits, without the sign, of the value that is largest so; of a NaN if there is one. */
    int largest() {
        int largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, bits[i] & 0x7fff_ffff);
        }
        return largest;
    }

    /** All NaNs become the same one. */
    void unifyNaN() {
        for (int i = 0; i < count; i++) {
            bits[i] = Float.floatToIntBits(Float.intBitsToFloat(bits[i]));
        }
    }
}
