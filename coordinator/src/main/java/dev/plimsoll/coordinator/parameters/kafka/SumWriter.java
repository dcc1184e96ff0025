package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.wire.protocol.ChunkSpan;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Writes sums of one shard, in no transaction: what counts of it is what the journal names. One
 * publication at a time; of one that is given up, nothing is waited for.
 */
final class SumWriter implements AutoCloseable {

    private final Producer<byte[], byte[]> producer;
    private final int shard;
    private final List<Future<RecordMetadata>> sends = new ArrayList<>();
    private String publication = "";

    /** @param producer idempotent; to be closed by this */
    SumWriter(Producer<byte[], byte[]> producer, int shard) {
        this.producer = producer;
        this.shard = shard;
    }

    /** Returns once they are on their way. */
    void send(String of, List<ProducerRecord<byte[], byte[]>> records) {
        if (!of.equals(publication)) {
            publication = of;
            sends.clear();
        }
        records.forEach(record -> sends.add(producer.send(record)));
    }

    /**
     * Returns where the publication lies once the broker has acknowledged all that was sent of it.
     * Throws KafkaException when a record of it was not written: the process must end.
     */
    ChunkSpan finish() {
        producer.flush();
        long first = Long.MAX_VALUE;
        long last = -1;
        for (Future<RecordMetadata> send : sends) {
            long offset = offset(send);
            first = Math.min(first, offset);
            last = Math.max(last, offset);
        }
        sends.clear();
        return new ChunkSpan(shard, first, last, publication);
    }

    private static long offset(Future<RecordMetadata> send) {
        try {
            return send.get().offset();
        } catch (ExecutionException e) {
            throw new KafkaException("a record of a sum was not written", e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
