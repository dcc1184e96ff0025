package dev.plimsoll.coordinator.planner.kafka;

import dev.plimsoll.wire.ParkedRecord;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A record that could not be understood: kept, as far as it can be, with its place and problem in
 * the headers.
 */
record Parked(ConsumerRecord<byte[], byte[]> record, String where, String problem) {

    ProducerRecord<byte[], byte[]> toRecord(String topic) {
        return ParkedRecord.of(record, topic, where, problem, "planner");
    }
}
