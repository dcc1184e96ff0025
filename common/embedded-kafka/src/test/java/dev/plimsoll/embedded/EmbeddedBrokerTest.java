package dev.plimsoll.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class EmbeddedBrokerTest {

    @TempDir
    Path directory;

    @Test
    void keepsTopicsAndCommittedRecordsAcrossARestartOnAnotherPort() throws Exception {
        int firstPort;
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            firstPort = broker.port();
            createTopic(broker, "kept");
            try (KafkaProducer<byte[], byte[]> producer = transactional(broker, "writer")) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(record("kept", "committed"));
                producer.commitTransaction();
                producer.beginTransaction();
                producer.send(record("kept", "aborted"));
                producer.abortTransaction();
            }
            assertThat(committed(broker, "kept")).containsExactly("committed");
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            assertThat(broker.port()).isNotEqualTo(firstPort);
            assertThat(committed(broker, "kept")).containsExactly("committed");
        }
    }

    @Test
    @Tag("slow")
    void restartKeepsThePortAndFencesTheElderOfTwoWriters() throws Exception {
        EmbeddedBroker broker = EmbeddedBroker.start(directory);
        try {
            int port = broker.port();
            createTopic(broker, "fenced");
            broker = broker.restart();
            assertThat(broker.port()).isEqualTo(port);
            try (KafkaProducer<byte[], byte[]> elder = transactional(broker, "planner");
                    KafkaProducer<byte[], byte[]> younger = transactional(broker, "planner")) {
                elder.initTransactions();
                elder.beginTransaction();
                elder.send(record("fenced", "elder"));
                elder.flush();
                younger.initTransactions();
                assertThatThrownBy(elder::commitTransaction)
                        .isInstanceOf(ProducerFencedException.class);
            }
            assertThat(committed(broker, "fenced")).isEmpty();
        } finally {
            broker.close();
        }
    }

    @Test
    void aTakenPortIsNamed() {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            assertThatThrownBy(
                            () -> EmbeddedBroker.start(directory.resolve("second"), broker.port()))
                    .hasMessageContaining("port " + broker.port() + " is taken");
        }
    }

    private static void createTopic(EmbeddedBroker broker, String topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, String value) {
        return new ProducerRecord<>(topic, 0, null, value.getBytes(UTF_8));
    }

    private static KafkaProducer<byte[], byte[]> transactional(EmbeddedBroker broker, String id) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", broker.bootstrap(), "transactional.id", id);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static List<String> committed(EmbeddedBroker broker, String topic) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.bootstrap(), "isolation.level", "read_committed");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100))
                        .forEach(r -> values.add(new String(r.value(), UTF_8)));
            }
        }
        return values;
    }
}
