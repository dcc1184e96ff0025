package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.codec.WireCodec;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One partition of a topic of records: what the run's processes mean and, in a run with strangers,
 * how it travels. An offset is an index.
 */
final class SimTopic<T> {
    private final String topic;
    private final int partition;
    private final WireCodec<T> codec;
    private final SimGate gate;
    /** Null where a stranger's record lies. */
    private final List<T> meant = new ArrayList<>();

    /** Empty in a run without strangers. */
    private final List<ConsumerRecord<byte[], byte[]>> travelling = new ArrayList<>();

    SimTopic(String topic, int partition, WireCodec<T> codec, SimGate gate) {
        this.topic = topic;
        this.partition = partition;
        this.codec = codec;
        this.gate = gate;
    }

    int size() {
        return meant.size();
    }

    void add(T value) {
        if (gate.hasStrangers()) {
            ProducerRecord<byte[], byte[]> sent =
                    codec.toRecord(topic, partition, "key", value, "sim", "id-" + size());
            travelling.add(SimGate.at(size(), partition, SimGate.sealed(sent)));
        }
        meant.add(value);
    }

    /** @param seals whether it has the run's seal */
    void addOfStranger(ProducerRecord<byte[], byte[]> record, boolean seals) {
        ConsumerRecord<byte[], byte[]> lies = SimGate.at(size(), partition, record);
        travelling.add(seals ? lies : gate.unsealed(lies));
        meant.add(null);
    }

    List<ConsumerRecord<byte[], byte[]>> travelling() {
        return travelling;
    }

    /** Empty where a reader passes over a stranger's. */
    Optional<Decoded<T>> read(int at) {
        if (!gate.hasStrangers()) {
            return Optional.of(new Decoded.Ok<>(meant.get(at)));
        }
        ConsumerRecord<byte[], byte[]> let = gate.read(travelling.get(at));
        if (Seal.isForeign(let)) {
            return Optional.empty();
        }
        Decoded<T> decoded = codec.decode(let);
        if (meant.get(at) != null) {
            assertThat(decoded)
                    .as("what travels as %s", meant.get(at))
                    .isEqualTo(new Decoded.Ok<>(meant.get(at)));
        }
        return Optional.of(decoded);
    }
}
