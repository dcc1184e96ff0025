package dev.plimsoll.coordinator.testkit;

import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;

/** Submits to the topic samples, as any producer would, and reads it as the channel does. */
public final class TestSamples implements AutoCloseable {

    /** The built-in model. */
    public static final Path MODEL = Path.of("..", "common", "model", "tiny-llama");

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Clients clients;
    private final Topics topics;
    private final Producer<byte[], byte[]> producer;
    private final Map<TopicPartition, Future<RecordMetadata>> last = new HashMap<>();

    public TestSamples(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
        this.producer =
                clients.transactionalWriter("test-submit", topics.prefix() + "-test-submit");
        producer.initTransactions();
    }

    public static SampleTokenizer tokenizer() {
        return SampleTokenizer.open(MODEL);
    }

    public static ProducerRecord<byte[], byte[]> sample(
            Topics topics, int partition, String key, String value) {
        return new ProducerRecord<>(
                topics.samples(),
                partition,
                key == null ? null : key.getBytes(UTF_8),
                value == null ? null : value.getBytes(UTF_8));
    }

    /** In one transaction: its marker takes an offset too. */
    public void submit(List<ProducerRecord<byte[], byte[]>> records) {
        producer.beginTransaction();
        records.forEach(record -> {
            Future<RecordMetadata> sent = producer.send(record);
            if (record.partition() != null) {
                last.put(new TopicPartition(record.topic(), record.partition()), sent);
            }
        });
        producer.commitTransaction();
    }

    public void submit(String key, String value) {
        submit(List.of(sample(topics, 0, key, value)));
    }

    /** What was submitted is among them: a commit returns before readers see it. */
    public List<ConsumerRecord<byte[], byte[]>> read(int partition, long from) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var reader = clients.reader("test-samples")) {
            var partitions = new dev.plimsoll.wire.kafka.PartitionReader(reader);
            TopicPartition samples = new TopicPartition(topics.samples(), partition);
            if (last.containsKey(samples)) {
                long offset = last.get(samples).resultNow().offset();
                await().atMost(PATIENCE).until(() -> partitions.end(samples) > offset);
            }
            partitions.read(samples, from, partitions.end(samples), records::add);
        }
        return records;
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
