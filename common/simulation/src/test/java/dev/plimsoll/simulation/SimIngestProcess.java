package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.ingest.IngestCore;
import dev.plimsoll.coordinator.ingest.IngestCore.Batch;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * One process around the real {@link IngestCore}, as IngestSession and IngestChannel are: whatever
 * goes wrong ends it, and the next one folds what is durable.
 */
final class SimIngestProcess {
    private static final int MAX_BACK = 8;

    private final SimWorld world;
    private final SimIntakeTopics topics;
    private final SplittableRandom random;
    private final IngestCore core = new IngestCore(SimIntakeTopics.NAMES, SimTokenizer::tokenize);
    private final long epoch;
    /** Where the channel's consumer is. */
    private final Map<Integer, Long> positions = new TreeMap<>();

    private boolean ended;

    /**
     * Fences its predecessor, folds what that one made durable, renews its offsets, and books what
     * is gone unread.
     */
    SimIngestProcess(SimWorld world, SplittableRandom random) {
        this.world = world;
        this.topics = world.intake;
        this.random = random;
        this.epoch = ++topics.ingestEpoch;
        PlantedIntake.fold(world, core);
        topics.offsets.putAll(core.nextOffsets());
        assign();
    }

    boolean ended() {
        return ended;
    }

    void act() {
        if (world.faults.strikes(FaultKind.INGEST_READS_AGAIN)) {
            assign();
            // before records that were on their way already
            positions.replaceAll((partition, at) ->
                    Math.max(topics.begin[partition], at - random.nextInt(MAX_BACK)));
        }
        if (ended) {
            return;
        }
        List<ConsumerRecord<byte[], byte[]>> records = poll();
        if (!records.isEmpty()) {
            commit(core.decide(records));
        }
    }

    private void assign() {
        Map<Integer, Long> beginnings = new TreeMap<>();
        for (int partition = 0; partition < SimIntakeTopics.PARTITIONS; partition++) {
            beginnings.put(partition, topics.begin[partition]);
        }
        commit(PlantedIntake.deleted(world, core, beginnings));
        for (int partition = 0; partition < SimIntakeTopics.PARTITIONS; partition++) {
            positions.put(partition, core.nextOffset(partition));
        }
    }

    /** Some of some partitions. A position that is gone ends the process: nothing resets it. */
    private List<ConsumerRecord<byte[], byte[]>> poll() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        int first = random.nextInt(SimIntakeTopics.PARTITIONS);
        for (int i = 0; i < SimIntakeTopics.PARTITIONS; i++) {
            int partition = (first + i) % SimIntakeTopics.PARTITIONS;
            List<ConsumerRecord<byte[], byte[]>> log = topics.samples.get(partition);
            long at = positions.get(partition);
            if (at < topics.begin[partition]) {
                world.timeline.note(
                        () -> "ingest: offset " + at + " of partition " + partition + " is gone");
                ended = true;
                return List.of();
            }
            long to = Math.min(log.size(), at + random.nextInt(6));
            records.addAll(log.subList((int) at, (int) to));
            positions.put(partition, to);
        }
        return records;
    }

    private void commit(Batch batch) {
        if (batch.nextOffsets().isEmpty()) {
            return;
        }
        if (epoch != topics.ingestEpoch && world.plant != Plant.UNFENCED_INGEST) {
            world.timeline.note(() -> "an ingest that was replaced is fenced");
            ended = true;
            return;
        }
        if (world.plant == Plant.INGEST_OFFSETS_BEFORE_OUTPUT) {
            topics.offsets.putAll(batch.nextOffsets());
        }
        if (!batch.records().isEmpty()
                && world.faults.strikes(FaultKind.INGEST_TRANSACTION_ABORTS)) {
            ended = true;
            return;
        }
        topics.append(batch);
        boolean ambiguous = world.faults.strikes(FaultKind.INGEST_COMMIT_IS_AMBIGUOUS);
        if (!ambiguous || world.plant != Plant.INGEST_OFFSETS_APART) {
            topics.offsets.putAll(batch.nextOffsets());
        }
        if (ambiguous) {
            ended = true;
            return;
        }
        core.apply(batch);
    }
}
