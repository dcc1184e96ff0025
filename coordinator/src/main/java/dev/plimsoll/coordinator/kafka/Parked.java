package dev.plimsoll.coordinator.kafka;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A record that could not be understood: kept as it came, with its place and problem in the headers. */
record Parked(ConsumerRecord<byte[], byte[]> record, String where, String problem) {

    ProducerRecord<byte[], byte[]> toRecord(String topic) {
        ProducerRecord<byte[], byte[]> parked =
                new ProducerRecord<>(topic, 0, record.key(), record.value(), record.headers());
        parked.headers().add("plimsoll_where", where.getBytes(StandardCharsets.UTF_8));
        parked.headers().add("plimsoll_problem", problem.getBytes(StandardCharsets.UTF_8));
        return parked;
    }
}
