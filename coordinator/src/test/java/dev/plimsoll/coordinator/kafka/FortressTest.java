package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.audit.AuditLedger;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.ExpectedAdapter;
import dev.plimsoll.coordinator.testkit.FakeWorker;
import dev.plimsoll.coordinator.testkit.RunLog;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.wire.Mutations;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.AdapterAssembly;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/**
 * A run whose processes seal their records, real shells and a real broker; and a stranger who may
 * write to every topic.
 */
class FortressTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Clients strangers = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final RunSettings run = TestRun.settings(topics.prefix(), Duration.ofSeconds(20))
            .with(new RunIdentity("c0".repeat(32), "", new TreeMap<>()));
    private final Clients ours = strangers.of(run, topics);
    private final Coordinator coordinator = new Coordinator(strangers, topics, run);
    private final RunLog log = new RunLog(ours, topics);
    private final LastView view = new LastView();

    @BeforeEach
    void topics() {
        try (Admin admin = strangers.admin("fortress-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
    }

    /** Row 1: it is not let into the topic, so nobody has to unpack it. */
    @Test
    void theBrokerUnpacksARecordAndRefusesIt() {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                strangers.bootstrap(),
                "compression.type",
                "gzip",
                "buffer.memory",
                "67108864",
                "max.request.size",
                "33554432");
        byte[] large = "x".repeat(20_000_000).getBytes(UTF_8);
        try (var producer = new KafkaProducer<>(
                settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String topic : List.of(topics.samples(), topics.control(), topics.reports())) {
                assertThatThrownBy(() -> producer.send(new ProducerRecord<>(topic, 0, null, large))
                                .get())
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("RecordTooLarge");
            }
        }
    }

    /** Rows 2 to 9, 11 and 19, in the middle of a run, and at each start. */
    @Test
    @Tag("slow")
    void recordsOfStrangersChangeNothingAndEndNobody() {
        try (var planner = coordinator.planner(view);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var anna = new FakeWorker(ours, topics, "anna", 1000)) {
            hostile();
            log.tokenized(0, 4);
            await().atMost(PATIENCE).until(() -> view.version() == 1);
            hostile();
            log.tokenized(4, 4);
            await().atMost(PATIENCE).until(() -> view.version() == 2 && isSaved(2));
            hostile();
            replay();
            assertThat(planner.exitCode()).isNotDone();
            assertThat(zero.exitCode()).isNotDone();
        }
        LastView later = new LastView();
        try (var planner = coordinator.planner(later);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var bert = new FakeWorker(ours, topics, "bert", 1000)) {
            log.tokenized(8, 4);
            await().atMost(PATIENCE).until(() -> later.version() == 3 && isSaved(3));
            assertThat(later.get().workers()).extracting(w -> w.workerId()).contains("bert");
        }
        assertTrained(3, 12);
    }

    /**
     * Of each topic's records random and mutated ones, thousands of them: -Dplimsoll.flood says how
     * many.
     */
    @Test
    @Tag("slow")
    void aFloodChangesNothing() {
        int count = Integer.getInteger("plimsoll.flood", 5_000);
        long begun = System.nanoTime();
        try (var planner = coordinator.planner(view);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var anna = new FakeWorker(ours, topics, "anna", 100_000);
                var bert = new FakeWorker(ours, topics, "bert", 100_000);
                Producer<byte[], byte[]> stranger = strangers.sampleWriter("stranger")) {
            log.tokenized(0, 8);
            await().atMost(PATIENCE).until(() -> view.version() == 2 && isSaved(2));
            List<ProducerRecord<byte[], byte[]>> seen = seen();
            Random dice = new Random(15);
            Mutations mutations = new Mutations(dice);
            List<String> names =
                    new ArrayList<>(topics.sealed().stream().sorted().toList());
            names.add(topics.control());
            for (int i = 0; i < count; i++) {
                ProducerRecord<byte[], byte[]> record = dice.nextInt(4) == 0
                        ? mutations.random(names.get(dice.nextInt(names.size())), 0)
                        : mutations.of(seen.get(dice.nextInt(seen.size())));
                stranger.send(record);
                if (i % (count / 20) == 0) {
                    log.tokenized(8 + 4 * (i / (count / 20)), 4);
                }
            }
            stranger.flush();
            await().atMost(PATIENCE).until(() -> view.version() == 22 && isSaved(22));
            assertThat(planner.exitCode()).isNotDone();
            assertThat(zero.exitCode()).isNotDone();
            assertThat(one.exitCode()).isNotDone();
        }
        System.err.println("flood: " + count + " records of strangers beside 20 steps in "
                + (System.nanoTime() - begun) / 1_000_000 + " ms");
        assertTrained(22, 88);
    }

    private List<ProducerRecord<byte[], byte[]>> seen() {
        List<ProducerRecord<byte[], byte[]>> seen = new ArrayList<>();
        for (String topic : topics.sealed()) {
            for (ConsumerRecord<byte[], byte[]> record : log.all(topic, 0)) {
                if (record.value() == null || record.value().length < 50_000) {
                    seen.add(new ProducerRecord<>(
                            topic, 0, record.key(), record.value(), record.headers()));
                }
            }
        }
        return seen;
    }

    private void hostile() {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        // row 2
        records.add(Wire.CONTROL.toRecord(
                topics.control(), 0, "k", new Control.Pause("x".repeat(900_000)), "s", "1"));
        // row 3
        WorkerDevice device = new WorkerDevice("cpu", "x", "fp32", 0);
        records.add(report(new Report.Joined("w".repeat(900_000), "i", "h", device)));
        records.add(report(new Report.Joined("w\nINFO forged", "i", "h", device)));
        // a worker that is none, well formed
        records.add(report(new Report.Joined("mallory", "i", TestRun.MODEL_HASH, device)));
        // row 4
        Header empty = new RecordHeader("ce_type", (byte[]) null);
        for (String topic : topics.sealed()) {
            records.add(new ProducerRecord<>(
                    topic, 0, "e".getBytes(UTF_8), new byte[] {1}, List.of(empty)));
            // rows 5 and 11
            records.add(new ProducerRecord<>(topic, 0, "k".getBytes(UTF_8), new byte[0]));
        }
        // row 6
        for (long version = 1_000; version < 1_004; version++) {
            TensorChunk chunk = new TensorChunk(0, 0, "other", version, new float[] {1});
            records.add(chunk.toRecord(topics.adapter(), "stranger"));
            records.add(chunk.toRecord(topics.optimizer(), "stranger"));
            records.add(Wire.SHARD_MANIFESTS.toRecord(
                    topics.adapter(),
                    0,
                    "manifest/0/" + version,
                    new ShardManifest(0, version, version, List.of(1L), List.of()),
                    "stranger",
                    "1"));
        }
        // row 11: what would end the run
        records.add(Wire.JOURNAL.toRecord(
                topics.journal(), 0, "k", new JournalRecord.RunFinished("forged"), "s", "1"));
        // row 19
        ProducerRecord<byte[], byte[]> finish =
                Wire.CONTROL.toRecord(topics.control(), 0, "k", new Control.Finish("me"), "s", "1");
        finish.headers().remove("ce_type");
        finish.headers().add("ce_type", "plimsoll.control.Finish.v99".getBytes(UTF_8));
        records.add(finish);
        try (Producer<byte[], byte[]> stranger = strangers.writer("stranger")) {
            for (ProducerRecord<byte[], byte[]> record : records) {
                stranger.send(record).get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Row 8: all sequences, and the whole journal, as they lie there. */
    private void replay() {
        try (Producer<byte[], byte[]> stranger = strangers.writer("stranger")) {
            for (String topic : List.of(topics.tokenized(), topics.journal())) {
                for (ConsumerRecord<byte[], byte[]> record : log.all(topic, 0)) {
                    stranger.send(new ProducerRecord<>(
                            topic, 0, record.key(), record.value(), record.headers()));
                }
            }
            stranger.flush();
        }
    }

    private ProducerRecord<byte[], byte[]> report(Report report) {
        return Wire.REPORTS.toRecord(
                topics.reports(), Topics.reportPartition(report), "k", report, "s", "1");
    }

    private boolean isSaved(long version) {
        return manifests(0).containsKey(version)
                && manifests(0).get(version).hasState()
                && manifests(1).containsKey(version)
                && manifests(1).get(version).hasState();
    }

    private SortedMap<Long, ShardManifest> manifests(int shard) {
        SortedMap<Long, ShardManifest> newest = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : log.all(topics.adapter(), shard)) {
            if (Wire.SHARD_MANIFESTS.decode(record) instanceof Decoded.Ok<ShardManifest>(var is)) {
                newest.put(is.version(), is);
            }
        }
        return newest;
    }

    private void assertTrained(int steps, int samples) {
        List<List<Long>> members =
                manifests(0).values().stream().skip(1).map(RunLog::ordinals).toList();
        assertThat(members).hasSize(steps);
        assertThat(members.stream().flatMap(List::stream))
                .doesNotHaveDuplicates()
                .hasSize(samples);
        ShardLayout layout = new ShardLayout(TestRun.PARAMETERS, TestRun.SHARDS);
        AdapterAssembly assembly = new AdapterAssembly(layout);
        for (int shard = 0; shard < TestRun.SHARDS; shard++) {
            for (ConsumerRecord<byte[], byte[]> record : log.all(topics.adapter(), shard)) {
                if (TensorChunk.decode(record) instanceof Decoded.Ok<TensorChunk>(var chunk)) {
                    assembly.add(chunk);
                } else if (Wire.SHARD_MANIFESTS.decode(record)
                        instanceof Decoded.Ok<ShardManifest>(var manifest)) {
                    assembly.add(manifest);
                }
            }
        }
        long newest = assembly.newestWhole(0).orElseThrow();
        assertThat(newest).isEqualTo(steps);
        assertThat(ExpectedAdapter.distance(ExpectedAdapter.after(members), assembly.take(newest)))
                .isLessThan(2e-6);
        AuditLedger.Verdict verdict = AuditReader.read(strangers, topics).verdict(TestRun.SHARDS);
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.counts().trainedOnce()).isEqualTo(samples);
        assertThat(verdict.notes().stream().collect(Collectors.joining("\n")))
                .contains("are not of the run")
                .contains(topics.journal());
    }
}
