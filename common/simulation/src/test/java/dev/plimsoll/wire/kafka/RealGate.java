package dev.plimsoll.wire.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

import java.util.List;
import java.util.Map;

/** The gates that a run's Kafka clients have, without a client. */
public final class RealGate {

    private final SealedReader reader = new SealedReader();
    private final SealingWriter writer = new SealingWriter();

    /** @param key of the run's seal, in hex */
    public RealGate(String prefix, String key) {
        reader.configure(RunGate.settings(prefix, key));
        writer.configure(RunGate.settings(prefix, key));
    }

    /** As a producer of the run sends it. */
    public ProducerRecord<byte[], byte[]> sent(ProducerRecord<byte[], byte[]> record) {
        return writer.onSend(record);
    }

    /** As a consumer of the run hands it over. */
    public ConsumerRecord<byte[], byte[]> read(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        return reader.onConsume(new ConsumerRecords<>(Map.of(partition, List.of(record)), Map.of()))
                .iterator()
                .next();
    }
}
