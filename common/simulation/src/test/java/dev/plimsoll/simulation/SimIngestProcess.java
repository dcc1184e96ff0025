package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.ingest.IngestCore;
import dev.plimsoll.coordinator.ingest.IngestDriver;
import dev.plimsoll.coordinator.ingest.IngestTransaction;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * One process around a real {@link IngestDriver}: whatever goes wrong ends it, and the next one
 * folds what is durable.
 */
final class SimIngestProcess {
    private static final int MAX_BACK = 8;

    private final SimWorld world;
    private final SimIntakeTopics topics;
    private final SplittableRandom random;
    private final IngestDriver driver =
            new IngestDriver(new IngestCore(SimIntakeTopics.NAMES, SimTokenizer::tokenize));
    private final long owner;
    /** Where the channel's consumer is. */
    private final Map<Integer, Long> positions = new TreeMap<>();

    private boolean ended;

    /** Fences its predecessor, reads what that one made durable, and takes over all partitions. */
    SimIngestProcess(SimWorld world, SplittableRandom random) {
        this.world = world;
        this.topics = world.intake;
        this.random = random;
        this.owner = ++topics.ingestOwner;
        commit(PlantedIntake.opened(world, driver));
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
        if (!ended) {
            watch();
        }
        if (!ended) {
            commit(driver.samplesRead(poll()));
        }
    }

    private void assign() {
        if (ended) {
            return;
        }
        commit(PlantedIntake.assigned(world, driver, beginnings()));
        if (!ended) {
            positions.putAll(PlantedIntake.positions(world, driver));
        }
    }

    private Map<Integer, Long> beginnings() {
        Map<Integer, Long> beginnings = new TreeMap<>();
        for (int partition = 0; partition < SimIntakeTopics.PARTITIONS; partition++) {
            beginnings.put(partition, topics.begin[partition]);
        }
        return beginnings;
    }

    private void watch() {
        driver.look(beginnings()).ifPresent(problem -> {
            world.timeline.note(() -> "ingest ends: " + problem);
            ended = true;
        });
    }

    /** Some of some partitions. Nothing comes from a position that is gone: nothing resets it. */
    private List<ConsumerRecord<byte[], byte[]>> poll() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        int first = random.nextInt(SimIntakeTopics.PARTITIONS);
        for (int i = 0; i < SimIntakeTopics.PARTITIONS; i++) {
            int partition = (first + i) % SimIntakeTopics.PARTITIONS;
            List<ConsumerRecord<byte[], byte[]>> log = topics.samples.get(partition);
            // what is read again was on its way before it was deleted
            long at = Math.max(
                    positions.get(partition),
                    Math.min(topics.begin[partition], driver.nextOffset(partition)));
            if (at >= topics.begin[partition]) {
                long to = Math.min(log.size(), at + random.nextInt(6));
                records.addAll(log.subList((int) at, (int) to));
                positions.put(partition, to);
            }
        }
        return records;
    }

    private void commit(Optional<IngestTransaction> transaction) {
        if (transaction.isPresent() && isCommitted(transaction.get())) {
            driver.committed(transaction.get());
        }
    }

    /** Whether the process knows that all of it is durable; if not, it ends. */
    private boolean isCommitted(IngestTransaction transaction) {
        if (owner != topics.ingestOwner && world.plant != Plant.UNFENCED_INGEST) {
            world.timeline.note(() -> "an ingest that was replaced is fenced");
            ended = true;
            return false;
        }
        if (world.plant == Plant.INGEST_OFFSETS_BEFORE_OUTPUT) {
            topics.offsets.putAll(transaction.nextOffsets());
        }
        boolean writes = !transaction.records().isEmpty();
        if (writes && world.faults.strikes(FaultKind.INGEST_TRANSACTION_ABORTS)) {
            ended = true;
            return false;
        }
        topics.append(transaction);
        ended = writes && world.faults.strikes(FaultKind.INGEST_COMMIT_IS_AMBIGUOUS);
        if (!ended || world.plant != Plant.INGEST_OFFSETS_APART) {
            topics.offsets.putAll(transaction.nextOffsets());
        }
        return !ended;
    }
}
