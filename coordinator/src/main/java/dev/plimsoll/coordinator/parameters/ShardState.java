package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.StateDigest;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One shard at one version, all of it fp32. The arrays are owned by the state and are not changed
 * once it is made.
 *
 * @param updates how many optimizer updates led to it: Adam's t. The version's number, unless there
 *     was a rollback or the run goes on where another was
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
        if (updates < 0) {
            throw new IllegalArgumentException("shard " + shard + " has version " + version
                    + " after " + updates + " updates");
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

    /** For the topic {@code adapter}. Each is encoded when the stream comes to it. */
    public Stream<TensorChunk> adapterChunks(ShardLayout layout) {
        return chunks(layout, "master", master);
    }

    /** For the topic {@code optimizer}. */
    public Stream<TensorChunk> optimizerChunks(ShardLayout layout) {
        return Stream.concat(
                chunks(layout, "firstMoment", firstMoment),
                chunks(layout, "secondMoment", secondMoment));
    }

    /**
     * All of it, under keys of the checkpoint's own, for the topic {@code optimizer}: whoever joins
     * need not read past it.
     */
    public Stream<TensorChunk> checkpointChunks(ShardLayout layout, String name) {
        return Stream.concat(adapterChunks(layout), optimizerChunks(layout))
                .map(chunk -> chunk.inCheckpoint(name));
    }

    /** The same parameters, moments and history as another version: what a rollback makes. */
    public ShardState as(long newVersion) {
        return new ShardState(shard, newVersion, updates, master, firstMoment, secondMoment);
    }

    /** What the version was built from. Without checksums: the state is not written by it. */
    public ShardManifest manifest(
            ShardLayout layout, long step, List<ContributionManifest> builtFrom) {
        return manifest(layout, step, builtFrom, Optional.empty());
    }

    /** As above, of a version that a rollback makes. */
    public ShardManifest manifest(ShardLayout layout, ShardManifest.Restored restored) {
        return manifest(layout, -1, List.of(), Optional.of(restored));
    }

    private ShardManifest manifest(
            ShardLayout layout,
            long step,
            List<ContributionManifest> builtFrom,
            Optional<ShardManifest.Restored> restored) {
        long digest = StateDigest.of(master, layout.start(shard));
        return new ShardManifest(shard, step, version, List.of(), builtFrom, restored, digest);
    }

    /** The manifest of a state that is written: it names the adapter's chunks by checksums. */
    public ShardManifest whole(ShardLayout layout, ShardManifest manifest) {
        List<Long> checksums = adapterChunks(layout)
                .map(chunk -> Checksums.crc32c(chunk.bytes()))
                .toList();
        return new ShardManifest(
                shard,
                manifest.step(),
                manifest.version(),
                checksums,
                manifest.builtFrom(),
                manifest.restored(),
                manifest.digest());
    }

    private Stream<TensorChunk> chunks(ShardLayout layout, String part, float[] values) {
        if (values.length != layout.length(shard)) {
            throw new IllegalStateException("shard " + shard + " has " + values.length
                    + " values, its layout " + layout.length(shard));
        }
        return IntStream.range(0, layout.chunks(shard)).mapToObj(chunk -> {
            int from = layout.chunkStart(chunk);
            float[] slice =
                    Arrays.copyOfRange(values, from, from + layout.chunkLength(shard, chunk));
            return new TensorChunk(shard, chunk, part, version, slice);
        });
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
