package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.coordinator.ingest.kafka.IngestSession;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.ExpectedAdapter;
import dev.plimsoll.coordinator.testkit.FakeWorker;
import dev.plimsoll.coordinator.testkit.RunLog;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Real shells, real broker, workers that speak the real wire. */
class RunScenarioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Clients clients = clients();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final RunSettings run = TestRun.settings(topics.prefix());
    private final Coordinator coordinator = new Coordinator(clients, topics, run);
    private final RunLog log = new RunLog(clients, topics);
    private final LastView view = new LastView();

    /** Where the scenarios run. */
    Clients clients() {
        return Brokers.shared();
    }

    @BeforeEach
    void topics() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
    }

    @Test
    void twoWorkersTrainEachSampleOnceAndTheAdapterIsAdamW() {
        List<Long> ordinals = log.tokenized(0, 12);
        try (var planner = coordinator.planner(view);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var anna = new FakeWorker(clients, topics, "anna", 1000);
                var bert = new FakeWorker(clients, topics, "bert", 1000)) {
            await().atMost(PATIENCE).until(() -> view.version() == 3);
            log.tokenized(12, 2);
            send(Wire.CONTROL.toRecord(
                    topics.control(), 0, "k", new Control.Finish("test"), "test", "1"));
            await().atMost(PATIENCE).until(() -> view.get().status().finished());
        }
        assertTrained(4, 14);
        assertThat(log.all(topics.steps(), Wire.STEPS))
                .extracting(StepRecord::loss)
                .allSatisfy(loss -> assertThat(loss).isEqualTo(2.5));
        assertThat(ordinals).hasSize(12);
        // contributions that no step can need are deleted
        try (var reader = clients.reader("test-reader")) {
            PartitionReader partitions = new PartitionReader(reader);
            TopicPartition gradients = new TopicPartition(topics.gradients(), 1);
            await().until(() -> partitions.beginning(gradients) == partitions.end(gradients));
        }
    }

    @Test
    void aPlannerThatDiesInTheMiddleOfAStepIsFollowedByOneThatCarriesOn() {
        LastView later = new LastView();
        var first = coordinator.planner(view);
        try (var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var anna = new FakeWorker(clients, topics, "anna", 2);
                var bert = new FakeWorker(clients, topics, "bert", 1)) {
            // with one alone the first step would be cut otherwise, and three might never be
            // trained
            await().atMost(PATIENCE).until(() -> ready(view) == 2);
            log.tokenized(0, 12);
            await().atMost(PATIENCE).until(() -> anna.trained() + bert.trained() == 3);
            try (var second = coordinator.planner(later)) {
                anna.release(1000);
                bert.release(1000);
                await().atMost(PATIENCE).until(() -> later.version() == 3 && log.isSaved(3));
                // the first was not told: it finds out by its next write; where that is a commit
                // which
                // meets the other's start, the broker of Kafka 4.1 answers with an error of its own
                assertThat(first.exitCode().join()).isIn(ExitCode.FENCED, ExitCode.BROKER);
            }
        }
        assertTrained(3, 12);
    }

    private static long ready(LastView view) {
        return view.get() == null
                ? 0
                : view.get().workers().stream().filter(Worker::ready).count();
    }

    @Test
    void aWorkerThatDiesIsReplacedAndItsSamplesAreTrainedByTheOther() {
        log.tokenized(0, 8);
        try (var planner = coordinator.planner(view);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1)) {
            try (var bert = new FakeWorker(clients, topics, "bert", 1)) {
                await().atMost(PATIENCE).until(() -> bert.trained() == 1);
            }
            try (var anna = new FakeWorker(clients, topics, "anna", 1000)) {
                await().atMost(PATIENCE).until(() -> view.version() == 2 && log.isSaved(2));
            }
        }
        assertTrained(2, 8);
    }

    @Test
    void shardsThatDieBetweenSumAndClipOrAfterTheCommitMakeTheVersionAgain() {
        log.tokenized(0, 4);
        try (var planner = coordinator.planner(view);
                var anna = new FakeWorker(clients, topics, "anna", 1000)) {
            var dying = coordinator.shard(0);
            await().atMost(PATIENCE).until(() -> reports(Report.ShardSummed.class) >= 1);
            // shard 0 has summed; shard 1 does not exist yet, so there is no clip
            try (var zero = coordinator.shard(0)) {
                assertThat(dying.exitCode()).isNotDone();
                double norm = squaredNorm(1);
                send(Wire.REPORTS.toRecord(
                        topics.reports(),
                        null,
                        "shard-1",
                        new Report.ShardSummed(1, 0, List.of(contribution()), norm),
                        "test",
                        "1"));
                await().atMost(PATIENCE).until(() -> view.version() == 1);
                // the step is committed, and the shard that promised the sum is gone: the next one
                // makes the version from what the step is made of
                try (var one = coordinator.shard(1)) {
                    await().atMost(PATIENCE).until(() -> log.isSaved(1));
                }
            }
            dying.stop().run();
        }
        assertTrained(1, 4);
    }

    @Test
    void whatCannotBeReadIsParkedAndStopsNobody() {
        send(new ProducerRecord<>(
                topics.reports(), 2, bytes("k"), bytes("{\"type\":\"Nonsense\"}")));
        send(new ProducerRecord<>(topics.control(), 0, null, null));
        send(new ProducerRecord<>(topics.tokenized(), 0, bytes("k"), bytes("no headers")));
        send(new ProducerRecord<>(topics.commands(), 0, bytes("k"), bytes("[]")));
        log.tokenized(0, 4);
        try (var planner = coordinator.planner(view);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var anna = new FakeWorker(clients, topics, "anna", 1000)) {
            await().atMost(PATIENCE).until(() -> view.version() == 1 && log.isSaved(1));
        }
        assertTrained(1, 4);
        var parked = log.all(topics.parked(), 0);
        assertThat(parked)
                .extracting(
                        r -> new String(r.headers().lastHeader("plimsoll_where").value(), UTF_8))
                .containsExactlyInAnyOrder(
                        topics.reports() + "-2 at offset 0",
                        topics.control() + "-0 at offset 0",
                        topics.tokenized() + "-0 at offset 0");
        assertThat(parked)
                .allSatisfy(r ->
                        assertThat(r.headers().lastHeader("plimsoll_problem")).isNotNull());
    }

    @Test
    void whatWasDeletedBeforeItWasReadIsJournaledAsLost() throws Exception {
        List<Long> ordinals = log.tokenized(0, 6);
        try (Admin admin = clients.admin("test-delete")) {
            TopicPartition tokenized = new TopicPartition(topics.tokenized(), 0);
            admin.deleteRecords(Map.of(tokenized, RecordsToDelete.beforeOffset(ordinals.get(2))))
                    .all()
                    .get();
        }
        try (var planner = coordinator.planner(view)) {
            await().atMost(PATIENCE)
                    .until(() -> view.get().step() == 0 && view.get().waiting().stepSamples() == 4);
        }
        assertThat(log.all(topics.journal(), Wire.JOURNAL))
                .contains(new JournalRecord.InputLost("tokenized-0", 0, ordinals.get(2)));
    }

    @Test
    void aFinishWaitsForWhatWasSubmittedBeforeItAndIsReadAgainAfterARestart() {
        LastView later = new LastView();
        try (TestSamples samples = new TestSamples(clients, topics);
                SampleTokenizer tokenizer = TestSamples.tokenizer();
                var planner = coordinator.planner(view);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var anna = new FakeWorker(clients, topics, "anna", 1000)) {
            for (int i = 0; i < 6; i++) {
                samples.submit("s" + i, "{\"text\":\"" + "number ".repeat(i + 1) + "\"}");
            }
            send(Wire.CONTROL.toRecord(
                    topics.control(), 0, "k", new Control.Finish("test"), "test", "1"));
            send(Wire.CONTROL.toRecord(
                    topics.control(), 0, "k", new Control.Pause("test"), "test", "2"));
            // a later request passes the Finish that waits
            await().atMost(PATIENCE).until(() -> view.get().status().paused());
            send(Wire.CONTROL.toRecord(
                    topics.control(), 0, "k", new Control.Resume("test"), "test", "3"));
            await().atMost(PATIENCE).until(() -> !view.get().status().paused());
            assertThat(view.get().status().finishing()).isFalse();
            try (var second = coordinator.planner(later);
                    IngestSession session = IngestSession.open(
                            clients, topics, sample -> tokenizer.tokenize(sample, 1000))) {
                assertThat(planner.exitCode().join()).isIn(Coordinator.REPLACED);
                session.accept(samples.read(0, 0));
                await().atMost(PATIENCE).until(() -> later.get().status().finished());
            }
        }
        assertThat(log.all(topics.journal(), Wire.JOURNAL))
                .as("what had passed the Finish before the restart is not taken up again")
                .filteredOn(JournalRecord.PauseChanged.class::isInstance)
                .hasSize(2);
        assertThat(log.manifests(0).stream().flatMap(m -> RunLog.ordinals(m).stream()))
                .hasSize(6)
                .doesNotHaveDuplicates();
    }

    @Test
    void anIdlePlannerWritesNoJournal() throws Exception {
        try (var planner = coordinator.planner(view)) {
            Thread.sleep(1_500);
        }
        assertThat(log.all(topics.journal(), Wire.JOURNAL))
                .containsExactly(new JournalRecord.RunCreated(run));
        assertThat(new IncumbentWatch(clients, topics).find()).isEmpty();
    }

    @Test
    void aLivePlannerIsSeenByItsBeat() {
        assertThat(new IncumbentWatch(clients, topics).find()).isEmpty();
        try (var planner = coordinator.planner(view)) {
            await().until(() -> new IncumbentWatch(clients, topics).find().isPresent());
        }
    }

    private long reports(Class<? extends Report> kind) {
        long found = 0;
        for (int partition = 0; partition < 4; partition++) {
            found += log.all(topics.reports(), partition).stream()
                    .filter(r -> Wire.REPORTS.decode(r) instanceof Decoded.Ok<Report>(var report)
                            && kind.isInstance(report))
                    .count();
        }
        return found;
    }

    private long contribution() {
        return log.all(topics.journal(), Wire.JOURNAL).stream()
                .filter(JournalRecord.ContributionAccepted.class::isInstance)
                .map(r ->
                        ((JournalRecord.ContributionAccepted) r).contribution().contribution())
                .findFirst()
                .orElseThrow();
    }

    /** Of the sum of the first four sequences on a shard. */
    private double squaredNorm(int shard) {
        List<Long> ordinals =
                log.all(topics.tokenized(), 0).stream().map(r -> r.offset()).toList();
        ShardLayout layout = new ShardLayout(TestRun.PARAMETERS, TestRun.SHARDS);
        double norm = 0;
        for (int i = (int) layout.start(shard); i < layout.start(shard + 1); i++) {
            double sum = 0;
            for (long ordinal : ordinals) {
                sum += TestRun.gradient(ordinal, i);
            }
            norm += sum * sum;
        }
        return norm;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        try (var writer = clients.writer("test-writer")) {
            writer.send(record);
        }
    }

    private void assertTrained(int steps, int samples) {
        List<List<Long>> members = new ArrayList<>();
        for (ShardManifest manifest : log.manifests(0)) {
            members.add(RunLog.ordinals(manifest));
        }
        assertThat(members.getFirst()).isEmpty();
        members.removeFirst();
        assertThat(members).hasSize(steps);
        assertThat(members.stream().flatMap(List::stream))
                .doesNotHaveDuplicates()
                .hasSize(samples);
        assertThat(log.manifests(1).stream().skip(1).map(RunLog::ordinals)).isEqualTo(members);
        assertThat(ExpectedAdapter.distance(ExpectedAdapter.after(members), log.adapter()))
                .isLessThan(2e-6);
    }
}
