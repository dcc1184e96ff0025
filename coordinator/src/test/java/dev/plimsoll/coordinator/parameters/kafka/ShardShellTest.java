package dev.plimsoll.coordinator.parameters.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.RunLog;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.StateDigest;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/** One shard on a real broker; the test speaks for planner and workers. */
@Tag("slow")
class ShardShellTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SHARD = 1;
    private static final ShardLayout LAYOUT = new ShardLayout(TestRun.PARAMETERS, TestRun.SHARDS);

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final RunSettings run = TestRun.settings(topics.prefix());
    private final Coordinator coordinator = new Coordinator(clients, topics, run);
    private final RunLog log = new RunLog(clients, topics);
    private final Producer<byte[], byte[]> producer = clients.writer("test-planner");

    private final float[] p = Arrays.copyOfRange(
            TestRun.initial(), (int) LAYOUT.start(SHARD), (int) LAYOUT.start(SHARD + 1));
    private final float[] m = new float[p.length];
    private final float[] v = new float[p.length];

    @BeforeEach
    void topics() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
        send(Wire.JOURNAL.toRecord(
                topics.journal(), 0, "run", new JournalRecord.RunCreated(run), "test", "run"));
    }

    @AfterEach
    void close() {
        producer.close();
    }

    private long send(ProducerRecord<byte[], byte[]> record) {
        try {
            return producer.send(record).get().offset();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void command(Command command) {
        send(Wire.COMMANDS.toRecord(
                topics.commands(), 0, "planner", command, "test", command.toString()));
    }

    private List<Report> reports() {
        return log.all(topics.reports(), 0).stream()
                .map(record -> ((Decoded.Ok<Report>) Wire.REPORTS.decode(record)).value())
                .toList();
    }

    private <T extends Report> T last(Class<T> kind) {
        return reports().stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .reduce((before, after) -> after)
                .orElseThrow();
    }

    private void awaitReport(Report report) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(reports()).endsWith(report));
    }

    private void awaitReady(long version) {
        awaitReport(new Report.ShardReady(SHARD, version));
    }

    /** Every value of the gradient is {@code value}. */
    private ContributionRef contribute(long contribution, long step, float value) {
        ContributionManifest manifest = new ContributionManifest(
                contribution,
                "anna",
                1,
                step,
                List.of(new TrainedAttempt(contribution, List.of(contribution))));
        long first = send(Wire.CONTRIBUTION_MANIFESTS.toRecord(
                topics.gradients(), SHARD, "1/manifest", manifest, "anna", "m" + contribution));
        // a stranger's
        send(new ProducerRecord<>(topics.gradients(), SHARD, null, new byte[] {1}));
        long last = first;
        for (int chunk = 0; chunk < LAYOUT.chunks(SHARD); chunk++) {
            float[] values = new float[LAYOUT.chunkLength(SHARD, chunk)];
            Arrays.fill(values, value);
            last = send(new TensorChunk(SHARD, chunk, "sum", contribution, values)
                    .toRecord(topics.gradients(), "anna"));
        }
        return new ContributionRef(
                contribution,
                "anna",
                1,
                List.of(contribution),
                List.of(new ChunkSpan(SHARD, first, last)));
    }

    private Report.ShardSummed sum(long step, ContributionRef... contributions) {
        long before = reports().size();
        command(new Command.ApplyStep(step, step, List.of(contributions), 10));
        await().atMost(PATIENCE).until(() -> reports().size() > before);
        return last(Report.ShardSummed.class);
    }

    private static Command.FixClip fix(long step, SumSource source) {
        return new Command.FixClip(step, 1, 0.1, 0.01, step + 1, step + 1, Optional.of(source));
    }

    /** Makes the version of the step here, too, of a sum that is {@code value} everywhere. */
    private Report.ShardApplied applied(long step, float value) {
        float[] sum = new float[p.length];
        Arrays.fill(sum, value);
        new AdamW(run.optimizer()).fold(new AdamW.Vectors(p, m, v), sum, 0.1, step + 1, 0.01);
        return new Report.ShardApplied(
                SHARD, step, step + 1, StateDigest.of(p, LAYOUT.start(SHARD)));
    }

    private void save(long version) {
        command(new Command.SaveState(version));
        await().atMost(PATIENCE)
                .until(() -> reports().getLast() instanceof Report.StateSaved saved
                        && saved.version() == version);
    }

    private long beginning(String topic) {
        try (var reader = clients.tensorReader("test-reader")) {
            return new PartitionReader(reader).beginning(new TopicPartition(topic, SHARD));
        }
    }

    @Test
    void foldsPublishesSavesAndDeletesWhatNoVersionNeeds() {
        try (var shard = coordinator.shard(SHARD)) {
            awaitReady(0);
            ContributionRef alone = contribute(1, 0, 1);
            assertThat(sum(0, alone).published()).isEmpty();
            command(fix(0, SumSource.of(alone)));
            awaitReport(applied(0, 1));

            ContributionRef left = contribute(2, 1, 2);
            ContributionRef right = contribute(3, 1, 3);
            ChunkSpan published = sum(1, left, right).published().orElseThrow();
            assertThat(published.lastOffset() - published.firstOffset())
                    .isEqualTo(1 + LAYOUT.chunks(SHARD));
            command(fix(1, new SumSource(true, 1, List.of(published), List.of(2L, 3L))));
            awaitReport(applied(1, 5));
            assertThat(beginning(topics.gradients())).isZero();
            assertThat(shardManifest(2).hasState()).isFalse();

            save(2);
            Report.StateSaved saved = last(Report.StateSaved.class);
            assertThat(chunkAt(topics.adapter(), saved.place().adapterOffset()).values())
                    .isEqualTo(Arrays.copyOf(p, ShardLayout.CHUNK_VALUES));
            assertThat(chunkAt(topics.optimizer(), saved.place().optimizerOffset())
                            .values())
                    .isEqualTo(Arrays.copyOf(m, ShardLayout.CHUNK_VALUES));
            ShardManifest whole = shardManifest(2);
            assertThat(whole.hasState()).isTrue();
            assertThat(whole.builtFrom())
                    .extracting(ContributionManifest::contribution)
                    .containsExactly(2L, 3L);
            ContributionRef next = contribute(4, 2, 4);
            sum(2, next);
            command(fix(2, SumSource.of(next)));
            awaitReport(applied(2, 4));
            assertThat(beginning(topics.gradients()))
                    .as("until there is one state more")
                    .isZero();
            save(3);
            await().atMost(PATIENCE)
                    .until(() -> beginning(topics.gradients())
                                    == right.spans().getFirst().lastOffset() + 1
                            && beginning(topics.sums()) == published.lastOffset() + 1);
            assertThat(shard.exitCode()).isNotDone();
        }
    }

    @Test
    void publishesWhatArrivesBeforeItIsNamed() {
        try (var shard = coordinator.shard(SHARD)) {
            awaitReady(0);
            command(new Command.ExpectContributions(0, 0, List.of(1L, 2L), List.of()));
            ContributionRef one = contribute(1, 0, 1);
            ContributionRef two = contribute(2, 0, 2);
            await().atMost(PATIENCE)
                    .until(() -> log.all(topics.sums(), SHARD).size() == LAYOUT.chunks(SHARD));
            assertThat(reports()).as("nothing is said of it").hasSize(1);
            ChunkSpan published = sum(0, one, two).published().orElseThrow();
            assertThat(published.firstOffset()).isZero();
            assertThat(published.lastOffset()).isEqualTo(LAYOUT.chunks(SHARD) + 1);
            assertThat(chunkAt(topics.sums(), 0).part())
                    .isEqualTo(TensorChunk.sumPart(published.publication()));
            SumSource source = new SumSource(true, 0, List.of(published), List.of(1L, 2L));
            command(fix(0, source));
            awaitReport(applied(0, 3));

            // what is expected does not come like that
            command(new Command.ExpectContributions(1, 1, List.of(4L, 3L), List.of()));
            ContributionRef three = contribute(3, 1, 1);
            ContributionRef four = contribute(4, 1, 4);
            ChunkSpan again = sum(1, three, four).published().orElseThrow();
            command(fix(1, new SumSource(true, 1, List.of(again), List.of(3L, 4L))));
            awaitReport(applied(1, 5));
            assertThat(shard.exitCode()).isNotDone();
        }
    }

    private ShardManifest shardManifest(long version) {
        return log.manifests(SHARD).stream()
                .filter(manifest -> manifest.version() == version)
                .reduce((before, after) -> after)
                .orElseThrow();
    }

    private TensorChunk chunkAt(String topic, long offset) {
        ConsumerRecord<byte[], byte[]> found = log.all(topic, SHARD).stream()
                .filter(record -> record.offset() == offset)
                .findFirst()
                .orElseThrow();
        return ((Decoded.Ok<TensorChunk>) TensorChunk.decode(found)).value();
    }

    @Test
    void theNextOwnerStartsFromTheSavedStateAndMakesTheRestAgain() {
        SumSource alone;
        SumSource published;
        Report.ShardApplied second;
        Report.ShardApplied third;
        var first = coordinator.shard(SHARD);
        awaitReady(0);
        ContributionRef one = contribute(1, 0, 1);
        sum(0, one);
        command(fix(0, SumSource.of(one)));
        awaitReport(applied(0, 1));
        save(1);
        ContributionRef two = contribute(2, 1, 2);
        sum(1, two);
        alone = SumSource.of(two);
        command(fix(1, alone));
        second = applied(1, 2);
        awaitReport(second);
        published = new SumSource(
                true,
                2,
                List.of(sum(2, contribute(3, 2, 3), contribute(4, 2, 4))
                        .published()
                        .orElseThrow()),
                List.of(3L, 4L));
        command(fix(2, published));
        third = applied(2, 7);
        awaitReport(third);
        try (var next = coordinator.shard(SHARD)) {
            awaitReady(1);
            command(fix(1, alone));
            awaitReport(second);
            command(fix(2, published));
            awaitReport(third);
            assertThat(shardManifest(3).builtFrom())
                    .extracting(ContributionManifest::contribution)
                    .containsExactly(3L, 4L);
            // the first was told the same, and finds out by its next write
            command(new Command.SaveState(3));
            assertThat(first.exitCode().join()).isEqualTo(ExitCode.FENCED);
            await().atMost(PATIENCE).until(() -> reports().getLast() instanceof Report.StateSaved);
        }
        try (var last = coordinator.shard(SHARD)) {
            awaitReady(3);
            save(3);
        }
    }

    @Test
    void whatIsGoneIsReportedAtOnceAndACheckpointNeedsNoState() {
        try (var shard = coordinator.shard(SHARD)) {
            awaitReady(0);
            ContributionRef one = contribute(1, 0, 1);
            command(fix(0, new SumSource(false, 1, List.of(new ChunkSpan(SHARD, 0, 9_999)))));
            awaitReport(applied(0, 1));
            assertThat(one.spans()).hasSize(1);
            command(fix(1, new SumSource(false, 2, List.of(new ChunkSpan(SHARD, 500, 600)))));
            awaitReport(new Report.ContributionUnusable(SHARD, 1, 2, "its manifest is missing"));
            command(new Command.SaveCheckpoint("c", 1));
            awaitReport(new Report.CheckpointSaved(SHARD, "c", 1));
            ContributionRef two = contribute(3, 1, 2);
            sum(1, two);
            command(fix(1, SumSource.of(two)));
            await().atMost(PATIENCE)
                    .until(() -> reports().getLast() instanceof Report.ShardApplied);
            command(new Command.SaveState(2));
            command(new Command.RestoreCheckpoint("c", 1, 2));
            awaitReport(new Report.CheckpointRestored(SHARD, "c", 3));
        }
        try (var next = coordinator.shard(SHARD)) {
            awaitReady(3);
            ContributionRef three = contribute(4, 3, 2);
            sum(3, three);
            command(new Command.FixClip(3, 1, 0.1, 0.01, 4, 2, Optional.of(SumSource.of(three))));
            Report.ShardApplied undisturbed = applied(1, 2);
            awaitReport(new Report.ShardApplied(SHARD, 3, 4, undisturbed.digest()));
        }
    }
}
