package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.simulation.SimGradient.Grain;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Feeds a shard the records of a contribution that it can read, and says what is really in them.
 */
final class SimGradientReader {
    private final SimWorld world;
    private final int shard;

    SimGradientReader(SimWorld world, int shard) {
        this.world = world;
        this.shard = shard;
    }

    List<Grain> read(ContributionRead read, long step) {
        List<SimGradient> log = world.kafka.gradients.get(shard);
        List<TensorChunk> chunks = new ArrayList<>();
        List<Grain> grains = List.of();
        for (ChunkSpan span : read.ref().spans()) {
            long from = Math.max(span.firstOffset(), world.kafka.gradientsBegin[shard]);
            for (long at = from; span.shard() == shard && at <= span.lastOffset(); at++) {
                switch (log.get((int) at)) {
                    case SimGradient.Manifest(ContributionManifest manifest) ->
                        read.take(believed(manifest, read, step));
                    case SimGradient.Chunk record -> {
                        Optional<TensorChunk> chunk = seen(record, read);
                        if (chunk.isPresent()
                                && chunk.get().owner() == read.ref().contribution()) {
                            chunks.add(chunk.get());
                            grains = record.grains();
                        }
                    }
                }
            }
        }
        (world.plant == Plant.CHUNK_ADDED_TWICE ? addedUp(chunks) : chunks).forEach(read::take);
        return grains;
    }

    private Optional<TensorChunk> seen(SimGradient.Chunk record, ContributionRead read) {
        boolean refused = record.damaged() && world.plant != Plant.DAMAGED_CHUNK_APPLIED;
        if (refused || world.faults.strikes(FaultKind.SHARD_MISREADS, shard)) {
            return Optional.empty();
        }
        TensorChunk chunk = record.chunk();
        float[] values = chunk.values().clone();
        for (int i = 0; i < values.length && world.plant == Plant.NOT_FINITE_CHUNK_APPLIED; i++) {
            values[i] = Float.isFinite(values[i]) ? values[i] : 0;
        }
        long owner = world.plant == Plant.ANOTHER_CONTRIBUTION_COUNTS
                ? read.ref().contribution()
                : chunk.owner();
        return Optional.of(
                new TensorChunk(chunk.shard(), chunk.chunk(), chunk.part(), owner, values));
    }

    /** Those of the same number. */
    private static List<TensorChunk> addedUp(List<TensorChunk> chunks) {
        SortedMap<Integer, TensorChunk> sums = new TreeMap<>();
        for (TensorChunk chunk : chunks) {
            sums.merge(chunk.chunk(), chunk, SimGradientReader::addedUp);
        }
        return List.copyOf(sums.values());
    }

    private static TensorChunk addedUp(TensorChunk one, TensorChunk other) {
        float[] values = one.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] += other.values()[i];
        }
        return new TensorChunk(one.shard(), one.chunk(), one.part(), one.owner(), values);
    }

    private ContributionManifest believed(
            ContributionManifest manifest, ContributionRead read, long step) {
        if (!world.plant.believesLedger) {
            return manifest;
        }
        boolean another = world.plant == Plant.ANOTHER_CONTRIBUTION_COUNTS;
        List<TrainedAttempt> asked = new ArrayList<>();
        read.ref().attempts().forEach(attempt -> asked.add(new TrainedAttempt(attempt, List.of())));
        return new ContributionManifest(
                another ? read.ref().contribution() : manifest.contribution(),
                another ? read.ref().workerId() : manifest.workerId(),
                another ? read.ref().generation() : manifest.generation(),
                another ? step : manifest.step(),
                asked);
    }
}
