package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * Whether everything that was submitted before a Finish has reached the planner: ingest has durably
 * dealt with {@code samples} up to the ends at that moment, and the planner has read
 * {@code tokenized} to its end after that.
 */
final class FinishGate implements AutoCloseable {

    private static final long CHECK_NANOS = Duration.ofMillis(100).toNanos();

    private final Clients clients;
    private final Topics topics;
    private final String group;
    private Admin admin;
    private Consumer<byte[], byte[]> reader;
    private Map<TopicPartition, Long> sampleEnds;
    private long tokenizedEnd = -1;
    private long checkedAt;

    FinishGate(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
        this.group = topics.ingestGroup();
    }

    /** @param tokenizedPosition up to which the planner has read */
    boolean isOpen(long tokenizedPosition) {
        if (tokenizedEnd < 0 && !ingested()) {
            return false;
        }
        return tokenizedPosition >= tokenizedEnd;
    }

    private boolean ingested() {
        if (reader == null) {
            reader = clients.reader("plimsoll-finish-reader");
            admin = clients.admin("plimsoll-finish-admin");
        }
        if (sampleEnds == null) {
            sampleEnds = reader.endOffsets(Clients.partitions(reader, topics.samples()));
        } else if (System.nanoTime() - checkedAt < CHECK_NANOS) {
            return false;
        }
        checkedAt = System.nanoTime();
        Map<TopicPartition, OffsetAndMetadata> done = committed();
        for (Map.Entry<TopicPartition, Long> end : sampleEnds.entrySet()) {
            OffsetAndMetadata offset = done.get(end.getKey());
            if (!nothingBetween(
                    end.getKey(), offset == null ? 0 : offset.offset(), end.getValue())) {
                return false;
            }
        }
        TopicPartition tokenized = new TopicPartition(topics.tokenized(), 0);
        tokenizedEnd = reader.endOffsets(List.of(tokenized)).get(tokenized);
        return true;
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() {
        try {
            return admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
        } catch (ExecutionException e) {
            throw new org.apache.kafka.common.KafkaException(
                    "offsets of group " + group, e.getCause());
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    /** Committed transactions leave markers behind that are offsets but no records. */
    private boolean nothingBetween(TopicPartition partition, long from, long to) {
        long beginning = reader.beginningOffsets(List.of(partition)).get(partition);
        if (Math.max(from, beginning) >= to) {
            return true;
        }
        reader.assign(List.of(partition));
        reader.seek(partition, Math.max(from, beginning));
        var records = reader.poll(Duration.ofMillis(20)).records(partition);
        return records.isEmpty()
                ? reader.position(partition) >= to
                : records.getFirst().offset() >= to;
    }

    /** Forgets what was found; the next question starts anew. */
    @Override
    public void close() {
        if (reader != null) {
            reader.close();
            admin.close(Duration.ofSeconds(2));
        }
        reader = null;
        admin = null;
        sampleEnds = null;
        tokenizedEnd = -1;
    }
}
