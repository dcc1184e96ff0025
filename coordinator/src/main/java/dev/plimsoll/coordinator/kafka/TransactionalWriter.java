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
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Writes sets of records, each whole or not at all. Creating it fences the holder of the same
 * transactional id before. An exception means that the outcome of the last set is unknown: the
 * process must end, and the next one reads it. Protocol rule 2.
 */
public final class TransactionalWriter implements AutoCloseable {

    private final Producer<byte[], byte[]> producer;

    /** Of transactions that are written in a moment. */
    public TransactionalWriter(Clients clients, String transactionalId) {
        this(clients.transactionalWriter(transactionalId + "-writer", transactionalId));
    }

    /** @param timeout after which the broker aborts a transaction that is not ended */
    public TransactionalWriter(Clients clients, String transactionalId, Duration timeout) {
        this(clients.transactionalWriter(transactionalId + "-writer", transactionalId, timeout));
    }

    private TransactionalWriter(Producer<byte[], byte[]> producer) {
        this.producer = producer;
        try {
            producer.initTransactions();
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    /** Returns once all of it is durable and visible: where it lies, in its order. */
    public List<RecordMetadata> write(List<ProducerRecord<byte[], byte[]>> records) {
        return write(records, Map.of(), "");
    }

    /** With the records, the group's offsets. */
    public List<RecordMetadata> write(
            List<ProducerRecord<byte[], byte[]>> records,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            String group) {
        return writeIf(records, offsets, group, places -> true).orElseThrow();
    }

    /**
     * The same, if the records lie where they should; empty when they do not. Nobody sees anything
     * of them then, and they may be written again.
     *
     * @param lieWell is asked where they lie, in their order, before they are committed
     */
    public Optional<List<RecordMetadata>> writeIf(
            List<ProducerRecord<byte[], byte[]>> records,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            String group,
            Predicate<List<RecordMetadata>> lieWell) {
        if (records.isEmpty() && offsets.isEmpty()) {
            return Optional.of(List.of());
        }
        producer.beginTransaction();
        List<Future<RecordMetadata>> sends = send(records.stream());
        producer.flush();
        // after a failed send the commit says best what is wrong
        boolean sent = sends.stream().allMatch(send -> send.state() == Future.State.SUCCESS);
        if (sent && !lieWell.test(requireSent(sends))) {
            producer.abortTransaction();
            return Optional.empty();
        }
        if (!offsets.isEmpty()) {
            producer.sendOffsetsToTransaction(offsets, new ConsumerGroupMetadata(group));
        }
        producer.commitTransaction();
        return Optional.of(requireSent(sends));
    }

    /**
     * As {@link #write(List)}, for more than should be in memory at once: each is sent when the
     * stream comes to it. Returns where they lie, in their order.
     */
    public List<RecordMetadata> write(Stream<ProducerRecord<byte[], byte[]>> records) {
        producer.beginTransaction();
        List<Future<RecordMetadata>> sends = send(records);
        producer.commitTransaction();
        return requireSent(sends);
    }

    private List<Future<RecordMetadata>> send(Stream<ProducerRecord<byte[], byte[]>> records) {
        return records.map(producer::send).toList();
    }

    /** A commit after a failed send throws; asked again because everything rests on it. */
    private static List<RecordMetadata> requireSent(List<Future<RecordMetadata>> sends) {
        return sends.stream().map(TransactionalWriter::requireSent).toList();
    }

    private static RecordMetadata requireSent(Future<RecordMetadata> send) {
        try {
            return send.get();
        } catch (ExecutionException e) {
            throw new org.apache.kafka.common.KafkaException(
                    "a record of a transaction was not sent", e.getCause());
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
