package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One shard at one version, all of it fp32. The arrays are owned by the state and are not changed
 * once it is made.
 *
 * @param updates how many optimizer updates led to it: Adam's t. The version's number, unless there
 *     was a rollback
 * @param master the parameters
 * @param firstMoment Adam's m
 * @param secondMoment Adam's v
 */
public record ShardState(
        int shard,
        long version,
        long updates,
        float[] master,
        float[] firstMoment,
        float[] secondMoment) {
    public ShardState {
        if (updates < 0 || updates > version) {
            throw new IllegalArgumentException("shard " + shard + " has version " + version
                    + " after " + updates + " updates; each makes a version");
        }
        if (master.length != firstMoment.length || master.length != secondMoment.length) {
            throw new IllegalArgumentException(
                    "shard " + shard + " has " + master.length + " parameters, but moments of "
                            + firstMoment.length + " and " + secondMoment.length);
        }
    }

    /** Version 0: the parameters as initialised, and no history. */
    public static ShardState initial(int shard, float[] master) {
        return new ShardState(
                shard, 0, 0, master.clone(), new float[master.length], new float[master.length]);
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

    /**
     * All of it, under keys of the checkpoint's own, for the topic {@code optimizer}: whoever joins
     * need not read past it.
     */
    public List<TensorChunk> checkpointChunks(ShardLayout layout, String name) {
        List<TensorChunk> chunks = new ArrayList<>(adapterChunks(layout));
        chunks.addAll(optimizerChunks(layout));
        return chunks.stream().map(chunk -> chunk.inCheckpoint(name)).toList();
    }

    /** The same parameters, moments and history as another version: what a rollback makes. */
    public ShardState as(long newVersion) {
        return new ShardState(shard, newVersion, updates, master, firstMoment, secondMoment);
    }

    /** Names the adapter's chunks by their checksums, and what the version was built from. */
    public ShardManifest manifest(
            ShardLayout layout, long step, List<ContributionManifest> builtFrom) {
        return new ShardManifest(shard, step, version, checksums(layout), builtFrom);
    }

    /** As above, of a version that a rollback makes. */
    public ShardManifest manifest(ShardLayout layout, ShardManifest.Restored restored) {
        return new ShardManifest(
                shard, -1, version, checksums(layout), List.of(), Optional.of(restored), 0);
    }

    private List<Long> checksums(ShardLayout layout) {
        return adapterChunks(layout).stream()
                .map(chunk -> Checksums.crc32c(chunk.bytes()))
                .toList();
    }

    private List<TensorChunk> chunks(ShardLayout layout, String part, float[] values) {
        if (values.length != layout.length(shard)) {
            throw new IllegalStateException("shard " + shard + " has " + values.length
                    + " values, its layout " + layout.length(shard));
        }
        List<TensorChunk> chunks = new ArrayList<>();
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            int from = layout.chunkStart(chunk);
            float[] slice =
                    Arrays.copyOfRange(values, from, from + layout.chunkLength(shard, chunk));
            chunks.add(new TensorChunk(shard, chunk, part, version, slice));
        }
        return chunks;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShardState that
                && shard == that.shard
                && version == that.version
                && updates == that.updates
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
