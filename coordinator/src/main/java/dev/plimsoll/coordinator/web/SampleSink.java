package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.IngestOffsets;
import dev.plimsoll.wire.sample.SubmittedSample;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes samples to their topic, for all requests. Its clients are made when the first needs them.
 */
@ApplicationScoped
public class SampleSink {

    private final Launch launch;
    private Producer<byte[], byte[]> producer;
    private Admin admin;

    SampleSink(Launch launch) {
        this.launch = launch;
    }

    /** The samples of one request. */
    public final class Batch {
        private final AtomicReference<Exception> failed = new AtomicReference<>();

        void send(SubmittedSample sample) {
            for (ProducerRecord<byte[], byte[]> record : sample.toRecords(topics().samples())) {
                producer().send(record, (_, e) -> {
                    if (e != null) {
                        failed.compareAndSet(null, e);
                    }
                });
            }
            requireTaken();
        }

        /** Returns when the broker has all. Throws KafkaException if it did not take one. */
        void flush() {
            producer().flush();
            requireTaken();
        }

        private void requireTaken() {
            Exception e = failed.get();
            if (e != null) {
                throw new KafkaException("the broker did not take a sample", e);
            }
        }
    }

    public Batch batch() {
        return new Batch();
    }

    /** How many records ingest has not dealt with yet. */
    public long unread() {
        try {
            List<TopicPartition> partitions = producer().partitionsFor(topics().samples()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
            partitions.forEach(partition -> asked.put(partition, OffsetSpec.latest()));
            Map<TopicPartition, IngestOffsets.Place> read = IngestOffsets.read(admin(), topics());
            long unread = 0;
            for (var end : admin().listOffsets(asked).all().get().entrySet()) {
                IngestOffsets.Place place = read.get(end.getKey());
                long next = place == null ? 0 : place.nextOffset();
                unread += Math.max(0, end.getValue().offset() - next);
            }
            return unread;
        } catch (ExecutionException e) {
            throw new KafkaException("the broker does not say where samples end", e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private Topics topics() {
        return launch.topics();
    }

    private synchronized Producer<byte[], byte[]> producer() {
        if (producer == null) {
            producer = launch.clients().sampleWriter("plimsoll-rest-samples");
        }
        return producer;
    }

    private synchronized Admin admin() {
        if (admin == null) {
            admin = launch.clients().admin("plimsoll-rest-samples");
        }
        return admin;
    }

    @PreDestroy
    synchronized void close() {
        if (producer != null) {
            producer.close(Duration.ofSeconds(2));
        }
        if (admin != null) {
            admin.close(Duration.ofSeconds(2));
        }
    }
}
