package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.WireVector;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Between vectors in Java and their bytes. */
public final class WireVectors {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private WireVectors() {}

    /** Refuses a vector that has not one value for each parameter. */
    public static void require(WireVector vector, int parameters) {
        if (vector.bytes().length != bytes(parameters, vector.dtype())) {
            throw new IllegalArgumentException(vector.bytes().length + " bytes are not "
                    + parameters + " values in " + vector.dtype());
        }
    }

    /** Of so many values. */
    public static int bytes(int parameters, TensorDtype dtype) {
        return Math.multiplyExact(parameters, dtype.bytes());
    }

    /**
     * Where a value is rounded, values become what travels.
     *
     * @param firstIndex of the values, counted over the whole adapter
     */
    static byte[] encode(float[] values, TensorDtype dtype, long contribution, int firstIndex) {
        byte[] bytes = new byte[bytes(values.length, dtype)];
        encode(values, dtype, contribution, firstIndex, bytes, 0);
        return bytes;
    }

    /**
     * The same into a part of a vector.
     *
     * @param first of the vector's values that is written
     */
    static void encode(
            float[] values,
            TensorDtype dtype,
            long contribution,
            long firstIndex,
            byte[] bytes,
            int first) {
        int at = bytes(first, dtype);
        switch (dtype) {
            case F32 ->
                MemorySegment.copy(
                        values, 0, MemorySegment.ofArray(bytes), FLOAT, at, values.length);
            case BF16 -> {
                StochasticBf16.ofContribution(contribution).encode(values, firstIndex, bytes, at);
                StochasticBf16.decode(bytes, at, values);
            }
        }
    }

    static float[] decode(WireVector vector) {
        return decode(vector, 0, vector.bytes().length / vector.dtype().bytes());
    }

    private static float[] decode(WireVector vector, int from, int length) {
        float[] values = new float[length];
        int at = bytes(from, vector.dtype());
        switch (vector.dtype()) {
            case F32 ->
                MemorySegment.copy(
                        MemorySegment.ofArray(vector.bytes()), FLOAT, at, values, 0, length);
            case BF16 -> StochasticBf16.decode(vector.bytes(), at, values);
        }
        return values;
    }

    /**
     * Of each shard's part of what travels, without a copy of it all: block by block, on all cores.
     */
    public static double[] squaredNorms(WireVector vector, ShardLayout layout) {
        double[] norms = new double[layout.shards()];
        for (int shard = 0; shard < norms.length; shard++) {
            int start = Math.toIntExact(layout.start(shard));
            int length = layout.length(shard);
            double[] blocks = new double[Math.ceilDiv(length, SquaredNorm.BLOCK)];
            IntStream.range(0, blocks.length).parallel().forEach(block -> {
                int from = block * SquaredNorm.BLOCK;
                int count = Math.min(SquaredNorm.BLOCK, length - from);
                blocks[block] = SquaredNorm.of(decode(vector, start + from, count));
            });
            norms[shard] = SquaredNorm.join(blocks);
        }
        return norms;
    }

    /** Of each shard's part of the adapter. */
    static double[] squaredNorms(float[] values, ShardLayout layout) {
        double[] norms = new double[layout.shards()];
        for (int shard = 0; shard < norms.length; shard++) {
            norms[shard] = SquaredNorm.of(Arrays.copyOfRange(
                    values, Math.toIntExact(layout.start(shard)), (int) layout.start(shard + 1)));
        }
        return norms;
    }

    /** Refuses a layout of another adapter. */
    public static void require(ShardLayout layout, int parameters) {
        if (layout.parameters() != parameters) {
            throw new IllegalArgumentException("shards of " + layout.parameters()
                    + " parameters, the adapter has " + parameters);
        }
    }
}
