package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.ContributionManifest;
import dev.plimsoll.wire.ShardLayout;
import dev.plimsoll.wire.ShardManifest;
import dev.plimsoll.wire.TensorChunk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One shard at one version, all of it fp32. The arrays are owned by the state and are not changed once it is made.
 *
 * @param master the parameters
 * @param firstMoment Adam's m
 * @param secondMoment Adam's v
 */
public record ShardState(int shard, long version, float[] master, float[] firstMoment, float[] secondMoment) {
    public ShardState {
        if (master.length != firstMoment.length || master.length != secondMoment.length) {
            throw new IllegalArgumentException("shard " + shard + " has " + master.length
                    + " parameters, but moments of " + firstMoment.length + " and " + secondMoment.length);
        }
    }

    /** Version 0: the parameters as initialised, and no history. */
    public static ShardState initial(int shard, float[] master) {
        return new ShardState(shard, 0, master.clone(), new float[master.length], new float[master.length]);
    }

    /** For the topic {@code adapter}. */
    public List<TensorChunk> adapterChunks(ShardLayout layout) {
        return chunks(layout, "master", master);
    }

    /** For the topic {@code optimizer}. */
    public List<TensorChunk> optimizerChunks(ShardLayout layout) {
        List<TensorChunk> chunks = new ArrayList<>(chunks(layout, "firstMoment", firstMoment));
        chunks.addAll(chunks(layout, "secondMoment", secondMoment));
        return chunks;
    }

    /** Names the adapter's chunks by their checksums, and what the version was built from. */
    public ShardManifest manifest(ShardLayout layout, long step, List<ContributionManifest> builtFrom) {
        List<Long> checksums = adapterChunks(layout).stream()
                .map(chunk -> TensorChunk.crc32c(chunk.bytes()))
                .toList();
        return new ShardManifest(shard, step, version, checksums, builtFrom);
    }

    private List<TensorChunk> chunks(ShardLayout layout, String part, float[] values) {
        if (values.length != layout.length(shard)) {
            throw new IllegalStateException(
                    "shard " + shard + " has " + values.length + " values, its layout " + layout.length(shard));
        }
        List<TensorChunk> chunks = new ArrayList<>();
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            int from = layout.chunkStart(chunk);
            float[] slice = Arrays.copyOfRange(values, from, from + layout.chunkLength(shard, chunk));
            chunks.add(new TensorChunk(shard, chunk, part, version, slice));
        }
        return chunks;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShardState that
                && shard == that.shard
                && version == that.version
                && Arrays.equals(master, that.master)
                && Arrays.equals(firstMoment, that.firstMoment)
                && Arrays.equals(secondMoment, that.secondMoment);
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(version) + Arrays.hashCode(master);
    }

    @Override
    public String toString() {
        return "shard " + shard + " at version " + version + ", " + master.length + " parameters";
    }
}
