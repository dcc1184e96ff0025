package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.GradientSum;
import dev.plimsoll.wire.run.ShardLayout;

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

    SumBuffer(ShardLayout layout, int shard) {
        this.layout = layout;
        this.shard = shard;
        this.sum = new float[layout.length(shard)];
        this.chunk = new float[layout.chunkLength(shard, 0)];
        this.lastChunk = new float[layout.chunkLength(shard, layout.chunks(shard) - 1)];
    }

    GradientSum begin() {
        return new GradientSum(sum, layout.chunkValues());
    }

    /** Room for the values of one chunk, of its length. */
    float[] chunk(int number) {
        return number == layout.chunks(shard) - 1 ? lastChunk : chunk;
    }

    /** As {@link #chunk}, with the sum's values. */
    float[] copied(int number) {
        float[] values = chunk(number);
        System.arraycopy(sum, layout.chunkStart(number), values, 0, values.length);
        return values;
    }

    void put(int number, float[] values) {
        System.arraycopy(values, 0, sum, layout.chunkStart(number), values.length);
    }

    float[] values() {
        return sum;
    }
}
