package dev.plimsoll.audit.kafka;

import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads a whole topic, committed records only, from its beginning to where it ended when the
 * reading began.
 */
public final class TopicScan {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long STALL_NANOS = Duration.ofSeconds(60).toNanos();

    private TopicScan() {}

    /**
     * Hands over the records of each partition in order; records of different partitions come in
     * any order. Throws {@link MissingTopicException} if the topic does not exist.
     */
    public static void read(
            Clients clients, String topic, Consumer<ConsumerRecord<byte[], byte[]>> each) {
        try (org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader =
                clients.reader("plimsoll-scan")) {
            List<TopicPartition> partitions = partitions(reader, topic);
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            long lastProgress = System.nanoTime();
            while (partitions.stream().anyMatch(p -> reader.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> record : poll(reader)) {
                    lastProgress = System.nanoTime();
                    if (record.offset()
                            < ends.get(new TopicPartition(record.topic(), record.partition()))) {
                        each.accept(record);
                    }
                }
                if (System.nanoTime() - lastProgress > STALL_NANOS) {
                    throw new BrokerProblem(
                            "topic " + topic
                                    + " cannot be read to its end: nothing came for 60 s; is a "
                                    + "transaction hanging"
                                    + " or the broker unwell?",
                            null);
                }
            }
        }
    }

    /** A run that goes on deletes gradients while they are read: what is gone is passed over. */
    private static ConsumerRecords<byte[], byte[]> poll(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader) {
        try {
            return reader.poll(POLL);
        } catch (OffsetOutOfRangeException e) {
            reader.seekToBeginning(e.partitions());
            return ConsumerRecords.empty();
        }
    }

    /**
     * Throws {@link MissingTopicException} if the topic does not exist, and Kafka's
     * TopicAuthorizationException if this user may not see it.
     */
    public static List<TopicPartition> partitions(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader, String topic) {
        // who may not see a topic does not find it in the list, and is told so when it asks for it
        List<PartitionInfo> found = reader.partitionsFor(topic, PATIENCE);
        if (found == null || found.isEmpty()) {
            throw new MissingTopicException(topic);
        }
        return Clients.partitions(reader, topic);
    }
}
