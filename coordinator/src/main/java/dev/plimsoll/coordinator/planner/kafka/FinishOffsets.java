package dev.plimsoll.coordinator.planner.kafka;

import dev.plimsoll.coordinator.planner.driver.FinishQuestion;
import dev.plimsoll.coordinator.planner.driver.FinishRule;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/**
 * Reads the offsets that {@link FinishRule} asks for. Its clients live while a Finish is held. Ends
 * are those that uncommitted records have: acknowledged ones may lie behind an open transaction.
 */
final class FinishOffsets implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    private final Clients clients;
    private final Topics topics;
    private Optional<OpenClients> open = Optional.empty();
    private OpenTransactionNotice notice = new OpenTransactionNotice();

    private record OpenClients(Consumer<byte[], byte[]> reader, Admin admin) {}

    FinishOffsets(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
    }

    /** Answers all that the rule asks now. */
    void answer(FinishRule rule, long elapsedMillis) {
        Optional<FinishQuestion> question = rule.question(elapsedMillis);
        while (question.isPresent()) {
            rule.answer(offsets(question.orElseThrow(), elapsedMillis));
            question = rule.question(elapsedMillis);
        }
        if (!rule.isHolding()) {
            close();
        }
    }

    private SortedMap<Integer, Long> offsets(FinishQuestion question, long elapsedMillis) {
        if (open.isEmpty()) {
            open = Optional.of(new OpenClients(
                    clients.reader("plimsoll-finish-reader"),
                    clients.admin("plimsoll-finish-admin")));
        }
        Consumer<byte[], byte[]> reader = open.orElseThrow().reader();
        return switch (question) {
            case FinishQuestion.SampleEnds ends ->
                ends(Clients.partitions(reader, topics.samples()));
            case FinishQuestion.IngestedTo(var ends) -> ingestedTo(reader, ends, elapsedMillis);
            case FinishQuestion.TokenizedEnd end ->
                ends(List.of(new TopicPartition(topics.tokenized(), 0)));
        };
    }

    private SortedMap<Integer, Long> ends(List<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
        SortedMap<Integer, Long> ends = new TreeMap<>();
        get(
                        open.orElseThrow()
                                .admin()
                                .listOffsets(
                                        latest,
                                        new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                                .all(),
                        "the ends of " + partitions)
                .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
        return ends;
    }

    private SortedMap<Integer, Long> ingestedTo(
            Consumer<byte[], byte[]> reader, SortedMap<Integer, Long> ends, long elapsedMillis) {
        List<TopicPartition> partitions = ends.keySet().stream()
                .map(number -> new TopicPartition(topics.samples(), number))
                .toList();
        Map<TopicPartition, OffsetAndMetadata> committed = committed();
        Map<TopicPartition, Long> readable = reader.endOffsets(partitions);
        SortedMap<Integer, Long> ingested = new TreeMap<>();
        Optional<OpenTransactionNotice.Block> block = Optional.empty();
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata offset = committed.get(partition);
            long end = ends.get(partition.partition());
            long to = beforeNextRecord(
                    reader,
                    partition,
                    offset == null ? 0 : offset.offset(),
                    Math.min(end, readable.get(partition)));
            ingested.put(partition.partition(), to);
            if (to < end && to >= readable.get(partition)) {
                block = Optional.of(new OpenTransactionNotice.Block(partition, to, end));
            }
        }
        notice.see(block, elapsedMillis);
        return ingested;
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() {
        String group = topics.ingestGroup();
        return get(
                open.orElseThrow()
                        .admin()
                        .listConsumerGroupOffsets(group)
                        .partitionsToOffsetAndMetadata(),
                "offsets of group " + group);
    }

    private static <T> T get(KafkaFuture<T> asked, String what) {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            throw new KafkaException(what, e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /**
     * The offset of the next record after {@code from}, or {@code to}. Committed transactions leave
     * markers behind: these have offsets but are no records. What was deleted before ingest read it
     * is still to be dealt with: ingest names it as lost.
     *
     * @param to no more than what can be read: a fetch from there would keep the planner waiting
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
            notice = new OpenTransactionNotice();
            is.reader().close();
            is.admin().close(CLOSE_PATIENCE);
        });
        open = Optional.empty();
    }
}
