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
    private static final int LARGEST = 0x7f7f_0000;
    private static final int QUIET = 0x40_0000;
    private static final int LANES = 4;
    private static final long[] GROUPS = Mix.newRamp(FloatTile.LENGTH / LANES, Mix.INCREMENT);

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
        if (size >= FloatTile.INFINITE) {
            return (short) ((size > FloatTile.INFINITE ? bits | QUIET : bits) >>> 16);
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
            int aligned = Math.min(to, from + Math.floorMod(-(firstIndex + from), LANES));
            single(values, firstIndex, from, aligned, bytes, at);
            tiles(values, firstIndex, aligned, to, bytes, at);
        });
    }

    private void single(float[] values, long firstIndex, int from, int to, byte[] bytes, int at) {
        for (int i = from; i < to; i++) {
            SHORT.set(bytes, at + 2 * i, round(values[i], firstIndex + i));
        }
    }

    /** @param from where a group of four begins */
    private void tiles(float[] values, long firstIndex, int from, int to, byte[] bytes, int at) {
        FloatTile tile = new FloatTile();
        long[] random = new long[FloatTile.LENGTH / LANES];
        int[] lanes = new int[FloatTile.LENGTH];
        for (int start = from; start < to; start += FloatTile.LENGTH) {
            tile.read(values, start, Math.min(FloatTile.LENGTH, to - start));
            if (tile.largest() >= FloatTile.INFINITE) {
                single(values, firstIndex, start, start + tile.count(), bytes, at);
                continue;
            }
            int groups = Math.ceilDiv(tile.count(), LANES);
            Mix.ramp(random, stream + (firstIndex + start) / LANES * Mix.INCREMENT, GROUPS, groups);
            Mix.mix(random, groups);
            unpack(random, lanes, groups);
            round(tile.bits(), lanes, tile.count());
            for (int i = 0; i < tile.count(); i++) {
                SHORT.set(bytes, at + 2 * (start + i), (short) tile.bits()[i]);
            }
        }
    }

    private static void unpack(long[] random, int[] lanes, int groups) {
        for (int i = 0; i < groups; i++) {
            long four = random[i];
            lanes[LANES * i] = (int) four & 0xffff;
            lanes[LANES * i + 1] = (int) (four >>> 16) & 0xffff;
            lanes[LANES * i + 2] = (int) (four >>> 32) & 0xffff;
            lanes[LANES * i + 3] = (int) (four >>> 48);
        }
    }

    /** As above, of finite numbers in place; the bf16 are the lower halves. */
    private static void round(int[] bits, int[] random, int count) {
        for (int i = 0; i < count; i++) {
            int rounded = (bits[i] & 0x7fff_ffff) + random[i];
            bits[i] = (Math.min(rounded, LARGEST | 0xffff) | (bits[i] & 0x8000_0000)) >>> 16;
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
