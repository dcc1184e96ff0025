package dev.plimsoll.coordinator.planner.kafka;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.driver.Polled;
import dev.plimsoll.coordinator.planner.driver.Polled.ReadInput;
import dev.plimsoll.coordinator.planner.driver.StartOffsets;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Reads what the planner decides on: control, all reports, and tokenized samples as far as they are
 * wanted.
 */
final class PlannerInputs implements AutoCloseable {

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    private final Topics topics;
    private final Consumer<byte[], byte[]> consumer;
    private final TopicPartition tokenized;
    private final TopicPartition control;
    private final List<TopicPartition> reports;
    private boolean wantsSamples = true;

    /** What one poll brought, and which records of it could not be understood. */
    record Poll(Polled polled, List<Parked> parked) {}

    PlannerInputs(Clients clients, Topics topics) {
        this.topics = topics;
        this.consumer = clients.reader("plimsoll-planner-reader");
        this.tokenized = new TopicPartition(topics.tokenized(), 0);
        this.control = new TopicPartition(topics.control(), 0);
        this.reports = Clients.partitions(consumer, topics.reports());
        List<TopicPartition> all = new ArrayList<>(reports);
        all.add(tokenized);
        all.add(control);
        consumer.assign(all);
    }

    StartOffsets startOffsets() {
        return new StartOffsets(
                byName(consumer.beginningOffsets(consumer.assignment())),
                byName(consumer.endOffsets(consumer.assignment())));
    }

    private SortedMap<String, Long> byName(Map<TopicPartition, Long> offsets) {
        SortedMap<String, Long> named = new TreeMap<>();
        offsets.forEach(
                (partition, offset) -> named.put(PartitionName.of(partition, topics), offset));
        return named;
    }

    void seek(SortedMap<String, Long> positions) {
        consumer.assignment()
                .forEach(partition -> consumer.seek(
                        partition, positions.get(PartitionName.of(partition, topics))));
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

    /** Returns as soon as there is anything. */
    Poll poll(Duration timeout) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(timeout);
        Sorted sorted = new Sorted();
        for (ConsumerRecord<byte[], byte[]> record : records.records(control)) {
            sorted.put(record, Wire.CONTROL.decode(record), is -> Optional.of(new Input.Asked(is)));
        }
        for (TopicPartition partition : reports) {
            for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                sorted.put(
                        record,
                        Wire.REPORTS.decode(record),
                        is -> Optional.of(new Input.Reported(is)));
            }
        }
        for (ConsumerRecord<byte[], byte[]> record : records.records(tokenized)) {
            sorted.put(record, TokenizedSample.decodeHead(record), PlannerInputs::arrived);
        }
        boolean unreadable = !sorted.parked.isEmpty();
        return new Poll(new Polled(sorted.inputs, positions(), unreadable), sorted.parked);
    }

    /** A long sample has several chunks; the first tells all that the planner needs. */
    private static Optional<Input> arrived(TokenizedSample.Head head) {
        return head.chunk() > 0
                ? Optional.empty()
                : Optional.of(new Input.SampleArrived(
                        head.sequence(), head.sampleId(), head.origin(), head.source()));
    }

    private SortedMap<String, Long> positions() {
        SortedMap<String, Long> positions = new TreeMap<>();
        consumer.assignment()
                .forEach(partition -> positions.put(
                        PartitionName.of(partition, topics), consumer.position(partition)));
        return positions;
    }

    /** The records of one poll: those that were understood, and those that were not. */
    private final class Sorted {
        private final List<ReadInput> inputs = new ArrayList<>();
        private final List<Parked> parked = new ArrayList<>();

        <T> void put(
                ConsumerRecord<byte[], byte[]> record,
                Decoded<T> decoded,
                Function<T, Optional<Input>> toInput) {
            switch (decoded) {
                case Decoded.Ok<T>(var value) ->
                    toInput.apply(value)
                            .ifPresent(input -> inputs.add(
                                    new ReadInput(name(record), record.offset(), input)));
                case Decoded.Malformed<T>(var where, var problem) -> {
                    if (!Seal.isForeign(record)) {
                        parked.add(new Parked(record, where, problem));
                    }
                }
            }
        }
    }

    private String name(ConsumerRecord<byte[], byte[]> record) {
        return PartitionName.of(new TopicPartition(record.topic(), record.partition()), topics);
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(CLOSE_PATIENCE));
    }
}
