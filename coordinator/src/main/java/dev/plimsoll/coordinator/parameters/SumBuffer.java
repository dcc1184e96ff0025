package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.GradientSum;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

/**
 * The arrays that every sum of one shard is made in: a sum is void when the next one begins. A step
 * makes no garbage of the size of the shard.
 */
final class SumBuffer {
    private final ShardLayout layout;
    private final int shard;
    private final float[] sum;
    private final float[] chunk;
    private final float[] lastChunk;
    private GradientSum current;

    SumBuffer(ShardLayout layout, int shard) {
        this.layout = layout;
        this.shard = shard;
        this.sum = new float[layout.length(shard)];
        this.chunk = new float[layout.chunkLength(shard, 0)];
        this.lastChunk = new float[layout.chunkLength(shard, layout.chunks(shard) - 1)];
    }

    GradientSum begin() {
        current = new GradientSum(sum, layout.chunkValues());
        return current;
    }

    /** Whether no other was begun since. */
    boolean isCurrent(GradientSum begun) {
        return current == begun;
    }

    /** Room for the values of one chunk, of its length. */
    float[] chunk(int number) {
        return number == layout.chunks(shard) - 1 ? lastChunk : chunk;
    }

    private float[] copied(int number) {
        float[] values = chunk(number);
        System.arraycopy(sum, layout.chunkStart(number), values, 0, values.length);
        return values;
    }

    /**
     * One chunk of the sum as it is published.
     *
     * @param bf16 whether it is rounded; the sum's values become those that the chunk has
     */
    TensorChunk encoded(int number, String publication, long step, boolean bf16) {
        float[] values = copied(number);
        String part = TensorChunk.sumPart(publication);
        if (!bf16) {
            return new TensorChunk(shard, number, part, step, values);
        }
        byte[] bytes = new byte[values.length * TensorDtype.BF16.bytes()];
        long firstIndex = layout.start(shard) + layout.chunkStart(number);
        StochasticBf16.ofSum(step).encode(values, firstIndex, bytes, 0);
        StochasticBf16.decode(bytes, 0, values);
        System.arraycopy(values, 0, sum, layout.chunkStart(number), values.length);
        return new TensorChunk(shard, number, part, step, TensorDtype.BF16, bytes);
    }

    float[] values() {
        return sum;
    }
}
