package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.kafka.TopicAdmin;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class TransactionalWriterTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());

    @Test
    void whatDoesNotLieWellIsSeenByNobodyAndMayBeWrittenAgain() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, 1);
        }
        List<ProducerRecord<byte[], byte[]>> records = List.of(record("one"), record("two"));
        List<Long> asked = new ArrayList<>();
        try (TransactionalWriter writer = new TransactionalWriter(clients, topics.prefix())) {
            assertThat(writer.writeIf(records, Map.of(), "", places -> {
                        places.forEach(place -> asked.add(place.offset()));
                        return false;
                    }))
                    .isEmpty();
            assertThat(writer.writeIf(records, Map.of(), "", places -> true)).isPresent();
        }
        assertThat(asked).containsExactly(0L, 1L);
        List<String> seen = new ArrayList<>();
        try (Consumer<byte[], byte[]> reader = clients.reader("test-reader")) {
            TopicPartition partition = new TopicPartition(topics.tokenized(), 0);
            PartitionReader partitions = new PartitionReader(reader);
            partitions.read(
                    partition,
                    0,
                    partitions.end(partition),
                    record -> seen.add(record.offset() + new String(record.value(), UTF_8)));
        }
        // the first attempt and its end lie before them
        assertThat(seen).containsExactly("3one", "4two");
    }

    private ProducerRecord<byte[], byte[]> record(String value) {
        return new ProducerRecord<>(topics.tokenized(), 0, null, value.getBytes(UTF_8));
    }
}
