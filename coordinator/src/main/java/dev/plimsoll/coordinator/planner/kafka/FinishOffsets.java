package dev.plimsoll.coordinator.planner.kafka;

import dev.plimsoll.coordinator.planner.driver.FinishQuestion;
import dev.plimsoll.coordinator.planner.driver.FinishRule;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/** Reads the offsets that {@link FinishRule} asks for. Its clients live while a Finish is held. */
final class FinishOffsets implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    private final Clients clients;
    private final Topics topics;
    private Optional<OpenClients> open = Optional.empty();

    private record OpenClients(Consumer<byte[], byte[]> reader, Admin admin) {}

    FinishOffsets(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
    }

    /** Answers all that the rule asks now. */
    void answer(FinishRule rule, long elapsedMillis) {
        Optional<FinishQuestion> question = rule.question(elapsedMillis);
        while (question.isPresent()) {
            rule.answer(offsets(question.orElseThrow()));
            question = rule.question(elapsedMillis);
        }
        if (!rule.isHolding()) {
            close();
        }
    }

    private SortedMap<Integer, Long> offsets(FinishQuestion question) {
        if (open.isEmpty()) {
            open = Optional.of(new OpenClients(
                    clients.reader("plimsoll-finish-reader"),
                    clients.admin("plimsoll-finish-admin")));
        }
        Consumer<byte[], byte[]> reader = open.orElseThrow().reader();
        return switch (question) {
            case FinishQuestion.SampleEnds ends ->
                ends(reader, Clients.partitions(reader, topics.samples()));
            case FinishQuestion.IngestedTo(var ends) -> ingestedTo(reader, ends);
            case FinishQuestion.TokenizedEnd end ->
                ends(reader, List.of(new TopicPartition(topics.tokenized(), 0)));
        };
    }

    private static SortedMap<Integer, Long> ends(
            Consumer<byte[], byte[]> reader, List<TopicPartition> partitions) {
        SortedMap<Integer, Long> ends = new TreeMap<>();
        reader.endOffsets(partitions)
                .forEach((partition, end) -> ends.put(partition.partition(), end));
        return ends;
    }

    private SortedMap<Integer, Long> ingestedTo(
            Consumer<byte[], byte[]> reader, SortedMap<Integer, Long> ends) {
        Map<TopicPartition, OffsetAndMetadata> committed = committed();
        SortedMap<Integer, Long> ingested = new TreeMap<>();
        ends.forEach((number, end) -> {
            TopicPartition partition = new TopicPartition(topics.samples(), number);
            OffsetAndMetadata offset = committed.get(partition);
            ingested.put(
                    number,
                    beforeNextRecord(reader, partition, offset == null ? 0 : offset.offset(), end));
        });
        return ingested;
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() {
        String group = topics.ingestGroup();
        try {
            return open.orElseThrow()
                    .admin()
                    .listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
        } catch (ExecutionException e) {
            throw new org.apache.kafka.common.KafkaException(
                    "offsets of group " + group, e.getCause());
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    /**
     * The offset of the next record after {@code from}, or {@code to}. Committed transactions leave
     * markers behind: these have offsets but are no records. What was deleted before ingest read it
     * is still to be dealt with: ingest names it as lost.
     */
    private static long beforeNextRecord(
            Consumer<byte[], byte[]> reader, TopicPartition partition, long from, long to) {
        long beginning = reader.beginningOffsets(List.of(partition)).get(partition);
        if (from >= to || from < beginning) {
            return from;
        }
        reader.assign(List.of(partition));
        reader.seek(partition, from);
        var records = reader.poll(POLL).records(partition);
        return records.isEmpty()
                ? reader.position(partition)
                : records.getFirst().offset();
    }

    @Override
    public void close() {
        open.ifPresent(is -> {
            is.reader().close();
            is.admin().close(CLOSE_PATIENCE);
        });
        open = Optional.empty();
    }
}
