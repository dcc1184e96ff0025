package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.coordinator.parameters.PublishedSum;
import dev.plimsoll.coordinator.parameters.SourceRead;
import dev.plimsoll.coordinator.parameters.SumOnArrival;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Feeds a shard the records of a contribution or of a sum that it can read. */
final class SimGradientReader {
    private final SimWorld world;
    private final int shard;
    /** By the contribution that was asked for instead, and number. */
    private final Map<List<Long>, TensorChunk> withdrawn = new HashMap<>();

    SimGradientReader(SimWorld world, int shard) {
        this.world = world;
        this.shard = shard;
    }

    /** @param step for which it is read */
    void read(ContributionRead read, long step) {
        List<SimGradient> log = world.kafka.gradients.get(shard);
        List<SimGradient> found = new ArrayList<>();
        for (ChunkSpan span : read.spans()) {
            // an owner that was replaced may find that it is deleted
            long end = span.lastOffset() + 1;
            long from = Math.max(span.firstOffset(), world.kafka.gradientsBegin[shard]);
            found.addAll(log.subList((int) Math.min(from, end), (int) end));
        }
        feed(read, found, read.ref().map(ref -> new Asked(ref, step)));
    }

    /** Feeds it what is there from an offset to one before another; returns where it ended. */
    long read(SumOnArrival sum, long from, long to) {
        List<SimGradient> log = world.kafka.gradients.get(shard);
        long begin = Math.max(from, world.kafka.gradientsBegin[shard]);
        long end = Math.max(begin, Math.min(to, log.size()));
        feed(sum, log.subList((int) begin, (int) end), Optional.empty());
        return end;
    }

    /** @param step whose sum it is */
    void read(PublishedSum read, long step) {
        List<SimGradient> found = new ArrayList<>();
        read.spans().forEach(span -> found.addAll(SimSumLog.of(world, step, span)));
        feed(read, found, Optional.empty());
    }

    /** What is to be summed. */
    private record Asked(ContributionRef ref, long step) {}

    private void feed(SourceRead read, List<SimGradient> found, Optional<Asked> asked) {
        List<TensorChunk> chunks = new ArrayList<>();
        for (SimGradient is : world.gate.passed(found)) {
            switch (is) {
                case SimGradient.Manifest(String key, ContributionManifest manifest) -> {
                    if (read.wants(key)) {
                        read.take(asked.map(of -> believed(manifest, of)).orElse(manifest));
                    }
                }
                case SimGradient.Chunk record -> seen(record, asked).ifPresent(chunks::add);
                case SimGradient.Unseen unseen -> {}
                case SimGradient.Foreign foreign -> {}
            }
        }
        boolean addsUp = world.plant == Plant.CHUNK_ADDED_TWICE && asked.isPresent();
        (addsUp ? addedUp(chunks, asked.get().ref().contribution()) : believed(chunks))
                .forEach(chunk -> read.take(planted(chunk)));
    }

    /** For {@link Plant#WITHDRAWN_PART_ADDED}: in place of the right one, which comes later. */
    private TensorChunk planted(TensorChunk chunk) {
        if (world.plant != Plant.WITHDRAWN_PART_ADDED) {
            return chunk;
        }
        world.truth
                .insteadOf(chunk.owner())
                .ifPresent(owner -> withdrawn.put(
                        List.of(owner, (long) chunk.chunk()),
                        new TensorChunk(
                                chunk.shard(),
                                chunk.chunk(),
                                chunk.part(),
                                owner,
                                chunk.dtype(),
                                chunk.bytes())));
        return withdrawn.getOrDefault(List.of(chunk.owner(), (long) chunk.chunk()), chunk);
    }

    private Optional<TensorChunk> seen(SimGradient.Chunk record, Optional<Asked> asked) {
        boolean refused = record.damaged() && world.plant != Plant.DAMAGED_CHUNK_APPLIED;
        if (refused || world.faults.strikes(FaultKind.SHARD_MISREADS, shard)) {
            return Optional.empty();
        }
        TensorChunk chunk = record.chunk();
        boolean another = world.plant == Plant.ANOTHER_CONTRIBUTION_COUNTS && asked.isPresent();
        long owner = another ? asked.get().ref().contribution() : chunk.owner();
        if (world.plant != Plant.NOT_FINITE_CHUNK_APPLIED && !another) {
            return Optional.of(chunk);
        }
        float[] values = chunk.values();
        for (int i = 0; i < values.length && world.plant == Plant.NOT_FINITE_CHUNK_APPLIED; i++) {
            values[i] = Float.isFinite(values[i]) ? values[i] : 0;
        }
        return Optional.of(
                new TensorChunk(chunk.shard(), chunk.chunk(), chunk.part(), owner, values));
    }

    /** For {@link Plant#UNSEALED_GRADIENT_BELIEVED}: the last of those that are for one place. */
    private List<TensorChunk> believed(List<TensorChunk> chunks) {
        if (world.plant != Plant.UNSEALED_GRADIENT_BELIEVED) {
            return chunks;
        }
        Map<List<Long>, TensorChunk> last = new LinkedHashMap<>();
        chunks.forEach(chunk -> last.put(List.of(chunk.owner(), (long) chunk.chunk()), chunk));
        return List.copyOf(last.values());
    }

    /** Those of the same number. */
    private static List<TensorChunk> addedUp(List<TensorChunk> chunks, long owner) {
        SortedMap<Integer, TensorChunk> sums = new TreeMap<>();
        chunks.stream()
                .filter(chunk -> chunk.owner() == owner)
                .forEach(chunk -> sums.merge(chunk.chunk(), chunk, SimGradientReader::addedUp));
        return List.copyOf(sums.values());
    }

    private static TensorChunk addedUp(TensorChunk one, TensorChunk other) {
        float[] values = one.values();
        float[] more = other.values();
        for (int i = 0; i < values.length; i++) {
            values[i] += more[i];
        }
        return new TensorChunk(one.shard(), one.chunk(), one.part(), one.owner(), values);
    }

    private ContributionManifest believed(ContributionManifest manifest, Asked asked) {
        if (!world.plant.believesLedger) {
            return manifest;
        }
        boolean another = world.plant == Plant.ANOTHER_CONTRIBUTION_COUNTS;
        ContributionRef ref = asked.ref();
        List<TrainedAttempt> attempts = new ArrayList<>();
        ref.attempts().forEach(attempt -> attempts.add(new TrainedAttempt(attempt, List.of())));
        return new ContributionManifest(
                another ? ref.contribution() : manifest.contribution(),
                another ? ref.workerId() : manifest.workerId(),
                another ? ref.generation() : manifest.generation(),
                another ? asked.step() : manifest.step(),
                attempts);
    }
}
