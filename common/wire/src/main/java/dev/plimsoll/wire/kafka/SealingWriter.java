package dev.plimsoll.wire.kafka;

import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

import java.util.Map;

/** Seals what a process of the run writes; made by Kafka's client. */
public final class SealingWriter implements ProducerInterceptor<byte[], byte[]> {

    private RunGate gate;

    @Override
    public void configure(Map<String, ?> settings) {
        gate = RunGate.of(settings);
    }

    @Override
    public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
        return gate.isSealed(record.topic()) ? gate.seal().sealed(record) : record;
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception exception) {
        // nothing is to be done
    }

    @Override
    public void close() {
        // it holds nothing
    }
}
