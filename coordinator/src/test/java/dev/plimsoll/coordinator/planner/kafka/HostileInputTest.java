package dev.plimsoll.coordinator.planner.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.ingest.kafka.IngestSession;
import dev.plimsoll.coordinator.planner.driver.FinishRule;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.coordinator.testkit.WarningLog;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.sample.RejectionReason;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** What a stranger or seven quiet days can do to a coordinator, and must not. */
@Tag("slow")
class HostileInputTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());

    @BeforeEach
    void topics() {
        try (Admin admin = clients.admin("hostile-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
    }

    /**
     * Compressed it passes the broker; parked as it is it would fail the planner's transaction at
     * every start.
     */
    @Test
    void aMalformedRecordTooLargeToParkStopsNobody() throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                clients.bootstrap(),
                "compression.type",
                "gzip",
                "max.request.size",
                "10485760");
        // as in a topic from before the broker unpacked
        ConfigResource control = new ConfigResource(ConfigResource.Type.TOPIC, topics.control());
        AlterConfigOp packed = new AlterConfigOp(
                new ConfigEntry("compression.type", "producer"), AlterConfigOp.OpType.SET);
        try (Admin admin = clients.admin("hostile-admin")) {
            admin.incrementalAlterConfigs(Map.of(control, List.of(packed)))
                    .all()
                    .get();
        }
        byte[] large = "x".repeat(3_000_000).getBytes(StandardCharsets.UTF_8);
        try (var producer = new KafkaProducer<>(
                settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            // the broker takes a moment to hear of it
            await().atMost(Duration.ofMinutes(5))
                    .ignoreExceptions()
                    .until(() ->
                            producer.send(new ProducerRecord<>(topics.control(), 0, null, large))
                                            .get()
                                    != null);
        }
        Coordinator coordinator =
                new Coordinator(clients, topics, TestRun.settings(topics.prefix()));
        LastView view = new LastView();
        try (var planner = coordinator.planner(view);
                var reader = clients.reader("hostile-reader")) {
            TopicPartition parked = new TopicPartition(topics.parked(), 0);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> reader.endOffsets(List.of(parked)).get(parked) > 0);
            assertThat(planner.exitCode()).isNotDone();
        }
    }

    /**
     * The group has no members, so the broker forgets its offsets after offsets.retention.minutes.
     */
    @Test
    void aFinishDoesNotWaitForOffsetsThatHaveExpired() throws Exception {
        TopicPartition samples = new TopicPartition(topics.samples(), 0);
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                topics.samples(), 0, 0, null, "{\"text\":\"a\"}".getBytes(StandardCharsets.UTF_8));
        try (var producer = clients.writer("hostile-submit")) {
            producer.send(new ProducerRecord<>(topics.samples(), 0, null, record.value()))
                    .get();
        }
        try (IngestSession session = open()) {
            session.accept(List.of(record));
        }
        try (Admin admin = clients.admin("hostile-expiry")) {
            admin.deleteConsumerGroupOffsets(topics.ingestGroup(), Set.of(samples))
                    .all()
                    .get();
        }
        try (IngestSession again = open();
                FinishOffsets offsets = new FinishOffsets(clients, topics)) {
            // what the offset said of parts of samples is gone too, so all is read again for those
            assertThat(again.assigned(Map.of(0, 0L))).isEqualTo(Map.of(0, 0L));
            again.accept(List.of(record));
            FinishRule rule = new FinishRule(Duration.ofMillis(1));
            AtomicLong elapsedMillis = new AtomicLong();
            rule.hold(new Control.Finish("test"), 0);
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                offsets.answer(rule, elapsedMillis.incrementAndGet());
                return rule.pass(0).isPresent();
            });
        }
    }

    /**
     * Nobody can read what was acknowledged behind it, and it was submitted before the Finish. What
     * follows a transaction at the end, its marker, is no sample.
     */
    @Test
    void aFinishWaitsForWhatLiesBehindAnOpenTransaction() throws Exception {
        TopicPartition samples = new TopicPartition(topics.samples(), 0);
        AtomicLong elapsedMillis = new AtomicLong();
        FinishRule rule = new FinishRule(Duration.ofMillis(1));
        try (var stranger = clients.transactionalWriter("stranger", topics.prefix() + "-stranger");
                var submitter = clients.writer("hostile-submit");
                Admin admin = clients.admin("hostile-finish");
                WarningLog log = new WarningLog(OpenTransactionNotice.class);
                FinishOffsets offsets = new FinishOffsets(clients, topics)) {
            stranger.initTransactions();
            stranger.beginTransaction();
            stranger.send(sample("of the transaction")).get();
            submitter.send(sample("behind it")).get();
            ingested(admin, samples, 0);
            rule.hold(new Control.Finish("test"), 0);
            for (int check = 0; check < 20; check++) {
                offsets.answer(rule, elapsedMillis.addAndGet(1_000));
                assertThat(rule.pass(0)).isEmpty();
            }
            assertThat(log.messages())
                    .singleElement()
                    .asString()
                    .contains("partition 0 of " + topics.samples(), "offset 0", "offset 1,");
            stranger.commitTransaction();
            for (int check = 0; check < 20; check++) {
                offsets.answer(rule, elapsedMillis.addAndGet(1_000));
                assertThat(rule.pass(0)).as("ingest has not read it").isEmpty();
            }
            // the marker has offset 2
            stranger.beginTransaction();
            stranger.send(sample("at the end")).get();
            stranger.commitTransaction();
            ingested(admin, samples, 4);
            rule.hold(new Control.Finish("again"), 0);
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                offsets.answer(rule, elapsedMillis.addAndGet(1_000));
                return rule.pass(0).isPresent();
            });
            assertThat(log.messages()).hasSize(1);
        }
    }

    /** As much of {@code tokenized} as ingest had written lies behind it. */
    @Test
    void aFinishWaitsForTokenizedSamplesBehindAnOpenTransaction() throws Exception {
        FinishRule rule = new FinishRule(Duration.ofMillis(1));
        try (var stranger = clients.transactionalWriter("stranger", topics.prefix() + "-stranger");
                var ingest = clients.writer("hostile-ingest");
                FinishOffsets offsets = new FinishOffsets(clients, topics)) {
            stranger.initTransactions();
            stranger.beginTransaction();
            stranger.send(new ProducerRecord<>(topics.tokenized(), 0, null, new byte[1]))
                    .get();
            ingest.send(new ProducerRecord<>(topics.tokenized(), 0, null, new byte[1]))
                    .get();
            rule.hold(new Control.Finish("test"), 0);
            offsets.answer(rule, 0);
            assertThat(rule.pass(1)).isEmpty();
            assertThat(rule.pass(2)).isPresent();
            stranger.abortTransaction();
        }
    }

    private ProducerRecord<byte[], byte[]> sample(String text) {
        return new ProducerRecord<>(
                topics.samples(),
                0,
                null,
                ("{\"text\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    private void ingested(Admin admin, TopicPartition samples, long offset) throws Exception {
        admin.alterConsumerGroupOffsets(
                        topics.ingestGroup(), Map.of(samples, new OffsetAndMetadata(offset)))
                .all()
                .get();
    }

    private IngestSession open() {
        return IngestSession.open(
                clients,
                topics,
                sample -> new SampleRefusal(RejectionReason.NOTHING_TO_TRAIN, "of no use here"));
    }
}
