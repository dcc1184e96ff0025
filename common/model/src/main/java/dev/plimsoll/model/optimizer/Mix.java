package dev.plimsoll.model.optimizer;

import java.util.Arrays;

/** 64 bits stirred: Stafford's variant 13 of MurmurHash3's finalizer, as in SplitMix64. */
final class Mix {
    /** 2⁶⁴ over the golden ratio: SplitMix64's increment. */
    static final long INCREMENT = 0x9e3779b97f4a7c15L;

    private Mix() {}

    /** A bijection. */
    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** {@link #mix} of the first values, in place. */
    static void mix(long[] values, int count) {
        for (int i = 0; i < count; i++) {
            long z = values[i];
            z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
            z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
            values[i] = z ^ (z >>> 31);
        }
    }

    /** values[i] = start + ramp[i]. A ramp is read, not computed, for the compiler's sake. */
    static void ramp(long[] values, long start, long[] ramp, int count) {
        for (int i = 0; i < count; i++) {
            values[i] = start + ramp[i];
        }
    }

    /** i · step, i from 0 on. */
    static long[] newRamp(int length, long step) {
        long[] ramp = new long[length];
        Arrays.setAll(ramp, i -> i * step);
        return ramp;
    }
}
