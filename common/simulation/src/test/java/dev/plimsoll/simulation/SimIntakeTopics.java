package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.ingest.IngestTransaction;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The topics that ingest reads and writes, record by record as they travel, and what the broker
 * knows of its group.
 */
final class SimIntakeTopics {
    static final Topics NAMES = SimGate.NAMES;
    static final int PARTITIONS = 3;

    final List<List<ConsumerRecord<byte[], byte[]>>> samples = new ArrayList<>();
    /** By partition: what was deleted ends before this offset. */
    final long[] begin = new long[PARTITIONS];

    final List<ConsumerRecord<byte[], byte[]>> tokenized = new ArrayList<>();
    final List<ConsumerRecord<byte[], byte[]>> rejected = new ArrayList<>();
    /** What ingest's group has committed. */
    final SortedMap<Integer, Long> offsets = new TreeMap<>();
    /** The number of the newest owner of ingest's transactional id. */
    long ingestOwner;
    /**
     * Behind it readers see nothing of the topic of rejected samples while another writer's
     * transaction is open there.
     */
    int stableRejected;

    private final SimWorld world;
    private int plannerRejections;

    SimIntakeTopics(SimWorld world) {
        this.world = world;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            samples.add(new ArrayList<>());
        }
    }

    void submit(SimSubmission submission, int partition) {
        List<ConsumerRecord<byte[], byte[]>> log = samples.get(partition);
        SampleOrigin origin = new SampleOrigin(partition, log.size());
        log.add(submission.toRecord(NAMES.samples(), partition, log.size()));
        world.timeline.note(() ->
                "submitted at " + origin + ": " + submission.id() + " " + submission.content());
        world.intakeTruth.submitted(origin, submission);
    }

    /** Retention takes everything before the offset. */
    void delete(int partition, long before) {
        begin[partition] = Math.max(begin[partition], before);
    }

    /** By partition, where the samples end. */
    SortedMap<Integer, Long> ends() {
        SortedMap<Integer, Long> ends = new TreeMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            ends.put(partition, (long) samples.get(partition).size());
        }
        return ends;
    }

    /**
     * By partition, up to where ingest has durably dealt with the samples, or named them as lost.
     */
    SortedMap<Integer, Long> ingestedTo() {
        SortedMap<Integer, Long> ingested = new TreeMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            ingested.put(partition, offsets.getOrDefault(partition, 0L));
        }
        return ingested;
    }

    boolean isIngested(int partition) {
        return ingestedTo().get(partition) >= samples.get(partition).size();
    }

    /** One transaction of ingest, but for its offsets. */
    void append(IngestTransaction transaction) {
        for (ProducerRecord<byte[], byte[]> record : transaction.records()) {
            if (record.topic().equals(NAMES.tokenized())) {
                arrive(append(tokenized, record));
            } else {
                decided(append(rejected, record));
            }
        }
    }

    /** What the planner has rejected since is in the same topic. */
    void appendPlannerRejections() {
        List<SampleRejection> all = world.kafka.rejected;
        while (plannerRejections < all.size()) {
            RejectedSample sample = described(all.get(plannerRejections++));
            append(
                    rejected,
                    Wire.REJECTED.toRecord(
                            NAMES.rejected(), 0, sample.sampleId(), sample, "planner", ""));
        }
    }

    private RejectedSample described(SampleRejection rejection) {
        TokenizedSample.Head head =
                head(tokenized.get((int) rejection.sample().sequence().ordinal()));
        boolean there = head.origin().offset() >= begin[head.origin().partition()];
        return new RejectedSample(
                head.sampleId(),
                head.origin(),
                "",
                rejection.reason(),
                rejection.note(),
                new RejectedSample.Content(there ? head.sha256() : "", ""));
    }

    private static ConsumerRecord<byte[], byte[]> append(
            List<ConsumerRecord<byte[], byte[]>> log, ProducerRecord<byte[], byte[]> sent) {
        ConsumerRecord<byte[], byte[]> record = SimGate.at(log.size(), 0, SimGate.sealed(sent));
        log.add(record);
        return record;
    }

    /** As the planner will read it. */
    private void arrive(ConsumerRecord<byte[], byte[]> record) {
        TokenizedSample.Head head = head(record);
        TokenizedSample sample =
                ((Decoded.Ok<TokenizedSample>) TokenizedSample.decode(List.of(record))).value();
        world.timeline.note(() -> "tokenized " + head);
        SimSample submitted = world.intakeTruth.tokenized(head, sample);
        long ordinal = record.offset();
        world.samples.put(
                ordinal,
                new SimSample(
                        ordinal,
                        new PackedSequence(ordinal, sample.tokens(), sample.trainOn()),
                        submitted.ill()));
    }

    /** Among the sequences. @param seals whether it has the run's seal */
    void addOfStranger(ProducerRecord<byte[], byte[]> record, boolean seals) {
        long ordinal = tokenized.size();
        ConsumerRecord<byte[], byte[]> lies = SimGate.at(ordinal, 0, record);
        tokenized.add(seals ? lies : world.gate.unsealed(lies));
        if (TokenizedSample.decode(List.of(lies)) instanceof Decoded.Ok<TokenizedSample>(var is)) {
            world.strays.put(
                    ordinal,
                    new SimSample(
                            ordinal,
                            new PackedSequence(ordinal, is.tokens(), is.trainOn()),
                            SimSample.Ill.NO));
        }
    }

    /** Among the rejections. */
    void rejectOfStranger(ProducerRecord<byte[], byte[]> record, boolean seals) {
        ConsumerRecord<byte[], byte[]> lies = SimGate.at(rejected.size(), 0, record);
        rejected.add(seals ? lies : world.gate.unsealed(lies));
    }

    /** What the planner reads there; empty when it passes over it. */
    Optional<Input> arrival(long at) {
        if (!(TokenizedSample.decodeHead(world.gate.read(tokenized.get((int) at)))
                instanceof Decoded.Ok<TokenizedSample.Head>(TokenizedSample.Head head))) {
            return Optional.empty();
        }
        boolean looksNew = world.plant == Plant.SEQUENCE_ADMITTED_AGAIN
                && world.strays.containsKey(head.sequence().ordinal());
        SampleOrigin origin = looksNew
                ? new SampleOrigin(
                        head.origin().partition(), 1_000_000 + head.sequence().ordinal())
                : head.origin();
        return Optional.of(
                new Input.SampleArrived(head.sequence(), head.sampleId(), origin, head.source()));
    }

    private void decided(ConsumerRecord<byte[], byte[]> record) {
        RejectedSample sample = ((Decoded.Ok<RejectedSample>) Wire.REJECTED.decode(record)).value();
        world.timeline.note(() -> "rejected " + sample);
        world.intakeTruth.rejected(sample);
    }

    static TokenizedSample.Head head(ConsumerRecord<byte[], byte[]> record) {
        return ((Decoded.Ok<TokenizedSample.Head>) TokenizedSample.decodeHead(record)).value();
    }
}
