package dev.plimsoll.model.optimizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Rounds fp32 to bf16 up or down at random, so that the expected value is the value itself: with
 * the bf16 numbers low ≤ |x| &lt; high next to it, |x| becomes high with probability (|x| − low) /
 * (high − low), which 16 random bits meet exactly. A bf16 number stays as it is, a sign stays, NaN
 * and infinities stay; what lies beyond the largest bf16 number becomes that.
 *
 * <p>The random bits are those of SplitMix64 at (seed, element index): its author can repeat the
 * rounding, and every slice can be rounded by itself. On the wire a value is two bytes, little
 * endian.
 */
public final class StochasticBf16 {
    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int INFINITE = 0x7f80_0000;
    private static final int LARGEST = 0x7f7f_0000;
    private static final int QUIET = 0x40_0000;
    private static final int LANES = 4;

    private final long stream;

    private StochasticBf16(long source) {
        stream = Mix.mix(source + Mix.INCREMENT);
    }

    /** Of a worker's contribution. */
    public static StochasticBf16 ofContribution(long contribution) {
        return new StochasticBf16(2 * contribution);
    }

    /**
     * Of the sum that a step's shards publish. Other bits than those of a contribution: the
     * rounding of a sum must not depend on how its terms were rounded.
     */
    public static StochasticBf16 ofSum(long step) {
        return new StochasticBf16(2 * step + 1);
    }

    /** Where its sequence of random numbers begins: a device that rounds is given this number. */
    public long stream() {
        return stream;
    }

    /** Sixteen random bits for each of four elements. */
    private static long random(long stream, long group) {
        return Mix.mix(stream + group * Mix.INCREMENT);
    }

    /** The bits of the element's bf16. */
    public short round(float value, long index) {
        long random = random(stream, index / LANES);
        return round(
                Float.floatToRawIntBits(value), (int) (random >>> (index % LANES * 16)) & 0xffff);
    }

    private static short round(int bits, int random) {
        int size = bits & 0x7fff_ffff;
        if (size >= INFINITE) {
            return (short) ((size > INFINITE ? bits | QUIET : bits) >>> 16);
        }
        int rounded = size + random;
        return (short) ((Math.min(rounded, LARGEST | 0xffff) | (bits & 0x8000_0000)) >>> 16);
    }

    /**
     * Writes all values as bytes from {@code at} on.
     *
     * @param firstIndex the index of the first value in the whole adapter
     */
    public void encode(float[] values, long firstIndex, byte[] bytes, int at) {
        require(values.length, bytes, at);
        Slices.each(values.length, (from, to) -> {
            int i = from;
            for (; i < to && (firstIndex + i) % LANES != 0; i++) {
                SHORT.set(bytes, at + 2 * i, round(values[i], firstIndex + i));
            }
            for (; i + LANES <= to; i += LANES) {
                four(values, i, random(stream, (firstIndex + i) / LANES), bytes, at + 2 * i);
            }
            for (; i < to; i++) {
                SHORT.set(bytes, at + 2 * i, round(values[i], firstIndex + i));
            }
        });
    }

    private static void four(float[] values, int i, long random, byte[] bytes, int at) {
        for (int lane = 0; lane < LANES; lane++) {
            SHORT.set(
                    bytes,
                    at + 2 * lane,
                    round(
                            Float.floatToRawIntBits(values[i + lane]),
                            (int) (random >>> (16 * lane)) & 0xffff));
        }
    }

    /** Reads all values from {@code at} on; exact. */
    public static void decode(byte[] bytes, int at, float[] values) {
        require(values.length, bytes, at);
        Slices.each(values.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                values[i] = Float.intBitsToFloat((short) SHORT.get(bytes, at + 2 * i) << 16);
            }
        });
    }

    private static void require(int count, byte[] bytes, int at) {
        if (at < 0 || bytes.length - at < 2L * count) {
            throw new IllegalArgumentException(count + " values need " + 2L * count + " bytes from "
                    + at + " on, of " + bytes.length);
        }
    }
}
