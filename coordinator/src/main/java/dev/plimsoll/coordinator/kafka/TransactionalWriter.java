package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Writes sets of records, each whole or not at all. Creating it fences the holder of the same
 * transactional id before. An exception means that the outcome of the last set is unknown: the
 * process must end, and the next one reads it. Protocol rule 2.
 */
public final class TransactionalWriter implements AutoCloseable {

    private final Producer<byte[], byte[]> producer;

    public TransactionalWriter(Clients clients, String transactionalId) {
        producer = clients.transactionalWriter(transactionalId + "-writer", transactionalId);
        try {
            producer.initTransactions();
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    /** Returns once all of it is durable and visible. */
    public void write(List<ProducerRecord<byte[], byte[]>> records) {
        write(records, Map.of(), "");
    }

    /** With the records, the group's offsets. */
    public void write(
            List<ProducerRecord<byte[], byte[]>> records,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            String group) {
        if (records.isEmpty() && offsets.isEmpty()) {
            return;
        }
        producer.beginTransaction();
        List<Future<RecordMetadata>> sends =
                records.stream().map(producer::send).toList();
        if (!offsets.isEmpty()) {
            producer.sendOffsetsToTransaction(offsets, new ConsumerGroupMetadata(group));
        }
        producer.commitTransaction();
        // a commit after a failed send throws; asked again because everything rests on it
        sends.forEach(TransactionalWriter::requireSent);
    }

    private static void requireSent(Future<RecordMetadata> send) {
        try {
            send.get();
        } catch (ExecutionException e) {
            throw new org.apache.kafka.common.KafkaException(
                    "a record of a committed transaction was not sent", e.getCause());
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
