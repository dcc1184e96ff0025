package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.coordinator.planner.Input;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the planner reads: all reports, tokenized samples as far as it wants them, and control, from
 * the journaled positions on. A Finish is held back until everything submitted before it has
 * arrived; while it is held, the position of {@code control} stays before it, so that it is read
 * again after a restart. All others pass it, and how far they have is a position of its own: what
 * has passed is not taken up again.
 */
final class PlannerInputs implements AutoCloseable {

    private static final String PASSED = "control-passed";

    private final Topics topics;
    private final Consumer<byte[], byte[]> consumer;
    private final FinishGate gate;
    private final TopicPartition tokenized;
    private final TopicPartition control;
    private final List<TopicPartition> reports;
    private final SortedMap<String, Input.InputGone> gone = new TreeMap<>();
    private final Map<TopicPartition, Long> endsAtStart;
    private final long passedAtStart;
    private boolean wantsSamples = true;
    private long heldFinishOffset = -1;
    private Control heldFinish;

    /**
     * What one poll brought.
     *
     * @param nextOffsets the positions after it, by input name
     */
    record Batch(List<Input> inputs, List<Parked> parked, SortedMap<String, Long> nextOffsets) {}

    PlannerInputs(Clients clients, Topics topics, SortedMap<String, Long> positions) {
        this.topics = topics;
        this.consumer = clients.reader("plimsoll-planner-reader");
        this.gate = new FinishGate(clients, topics);
        this.tokenized = new TopicPartition(topics.tokenized(), 0);
        this.control = new TopicPartition(topics.control(), 0);
        this.reports = Clients.partitions(consumer, topics.reports());
        List<TopicPartition> all = new ArrayList<>(reports);
        all.add(tokenized);
        all.add(control);
        consumer.assign(all);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(all);
        all.forEach(partition -> seek(partition, positions, beginnings.get(partition)));
        this.endsAtStart = consumer.endOffsets(all);
        this.passedAtStart = positions.getOrDefault(PASSED, 0L);
    }

    private void seek(TopicPartition partition, SortedMap<String, Long> positions, long beginning) {
        String name = InputName.of(partition, topics);
        long position = positions.getOrDefault(name, 0L);
        if (position < beginning) {
            gone.put(name, new Input.InputGone(name, position, beginning));
        }
        consumer.seek(partition, Math.max(position, beginning));
    }

    /** Stops and resumes the reading of samples; reports and control are always read. */
    void wantSamples(boolean wanted) {
        if (wanted != wantsSamples) {
            wantsSamples = wanted;
            if (wanted) {
                consumer.resume(List.of(tokenized));
            } else {
                consumer.pause(List.of(tokenized));
            }
        }
    }

    /**
     * Whether everything that was there at the start has been read, but for samples that are not
     * wanted yet.
     */
    boolean caughtUp() {
        return endsAtStart.entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue()
                        || (end.getKey().equals(tokenized) && !wantsSamples));
    }

    /** Returns as soon as there is anything. */
    Batch poll(Duration timeout) {
        List<Input> inputs = new ArrayList<>(gone.values());
        gone.clear();
        List<Parked> parked = new ArrayList<>();
        ConsumerRecords<byte[], byte[]> records =
                consumer.poll(inputs.isEmpty() ? timeout : Duration.ZERO);
        records.records(control).forEach(record -> control(record, inputs, parked));
        for (TopicPartition partition : reports) {
            records.records(partition).forEach(record -> report(record, inputs, parked));
        }
        records.records(tokenized).forEach(record -> sample(record, inputs, parked));
        if (heldFinish != null && gate.isOpen(consumer.position(tokenized))) {
            inputs.add(new Input.Asked(heldFinish));
            heldFinish = null;
            heldFinishOffset = -1;
        }
        return new Batch(inputs, parked, positions());
    }

    private void control(
            ConsumerRecord<byte[], byte[]> record, List<Input> inputs, List<Parked> parked) {
        switch (Wire.CONTROL.decode(record)) {
            case Decoded.Ok<Control>(Control.Finish finish) -> {
                if (heldFinish == null) {
                    heldFinish = finish;
                    heldFinishOffset = record.offset();
                }
                // a later one waits for more, and covers the earlier
                gate.close();
            }
            case Decoded.Ok<Control>(Control other) -> {
                if (record.offset() >= passedAtStart) {
                    inputs.add(new Input.Asked(other));
                }
            }
            case Decoded.Malformed<Control>(var where, var problem) ->
                parked.add(new Parked(record, where, problem));
        }
    }

    private static void report(
            ConsumerRecord<byte[], byte[]> record, List<Input> inputs, List<Parked> parked) {
        switch (Wire.REPORTS.decode(record)) {
            case Decoded.Ok<Report>(var report) -> inputs.add(new Input.Reported(report));
            case Decoded.Malformed<Report>(var where, var problem) ->
                parked.add(new Parked(record, where, problem));
        }
    }

    private static void sample(
            ConsumerRecord<byte[], byte[]> record, List<Input> inputs, List<Parked> parked) {
        switch (TokenizedSample.decodeHead(record)) {
            case Decoded.Ok<TokenizedSample.Head>(var head) -> {
                if (head.chunk() == 0) {
                    inputs.add(new Input.SampleArrived(
                            head.sequence(), head.sampleId(), head.origin()));
                }
            }
            case Decoded.Malformed<TokenizedSample.Head>(var where, var problem) ->
                parked.add(new Parked(record, where, problem));
        }
    }

    private SortedMap<String, Long> positions() {
        SortedMap<String, Long> positions = new TreeMap<>();
        Map<TopicPartition, Long> read = new HashMap<>();
        consumer.assignment()
                .forEach(partition -> read.put(partition, consumer.position(partition)));
        positions.put(PASSED, Math.max(passedAtStart, consumer.position(control)));
        if (heldFinish != null) {
            read.put(control, heldFinishOffset);
        }
        read.forEach(
                (partition, position) -> positions.put(InputName.of(partition, topics), position));
        return positions;
    }

    @Override
    public void close() {
        gate.close();
        consumer.close(
                org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
    }
}
