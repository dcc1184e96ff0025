package dev.plimsoll.simulation;

import dev.plimsoll.engine.WireVector;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Gradients, and how vectors travel. A sequence's gradient has a 1 at an even parameter of its own
 * and numbers of any size at every odd one, which depend on the adapter: a sum depends on what is
 * in it, on the version that each was trained on, and on the order.
 */
final class SimVectors {
    private static final int SIZES = 12;

    private SimVectors() {}

    static int parameters(int ordinals) {
        return 2 * ordinals;
    }

    /** @param digest of the adapter that the sequence is trained on */
    static void addGradient(float[] sum, long ordinal, long digest) {
        SplittableRandom random = new SplittableRandom(31 * digest + ordinal);
        sum[(int) (2 * ordinal)] += 1;
        for (int i = 1; i < sum.length; i += 2) {
            float size = 1f / (1 << random.nextInt(SIZES));
            sum[i] += (float) (random.nextDouble() - 0.5) * size;
        }
    }

    static WireVector encode(float[] values, TensorDtype dtype, StochasticBf16 rounding) {
        if (dtype == TensorDtype.F32) {
            return new WireVector(dtype, new TensorChunk(0, 0, "sum", 0, values).bytes());
        }
        byte[] bytes = new byte[values.length * dtype.bytes()];
        rounding.encode(values, 0, bytes, 0);
        return new WireVector(dtype, bytes);
    }

    static float[] decode(WireVector vector) {
        return new TensorChunk(0, 0, "sum", 0, vector.dtype(), vector.bytes()).values();
    }

    static float[] part(float[] whole, ShardLayout layout, int shard) {
        int start = (int) layout.start(shard);
        return Arrays.copyOfRange(whole, start, start + layout.length(shard));
    }

    /** One chunk of a contribution, as its author cuts it. */
    static byte[] chunk(WireVector vector, ShardLayout layout, int shard, int chunk) {
        int start = (int) layout.start(shard) + layout.chunkStart(chunk);
        int length = layout.chunkLength(shard, chunk);
        int bytes = vector.dtype().bytes();
        return Arrays.copyOfRange(vector.bytes(), start * bytes, (start + length) * bytes);
    }
}
