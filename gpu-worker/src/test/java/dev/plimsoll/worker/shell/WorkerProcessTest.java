package dev.plimsoll.worker.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.model.optimizer.Replica;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.FoldSettings;
import dev.plimsoll.wire.run.GradientDtype;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.worker.loop.WorkerIdentity;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The worker's whole Kafka side on a real broker; the test speaks as the planner and the parameter
 * server.
 */
class WorkerProcessTest {

    private static final int PARAMETERS = 1_000;
    private static final ShardLayout LAYOUT = new ShardLayout(PARAMETERS, 2);
    private static final RunSettings RUN = new RunSettings(
            "run",
            new RunSettings.ModelIdentity("m", "h", PARAMETERS),
            new LoraSettings(4, 8, false, EnumSet.of(Projection.Q_PROJ)),
            new StepSettings(4, 0, Duration.ZERO, 0, 1),
            new OptimizerSettings(
                    new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                    0.9,
                    0.999,
                    1e-8,
                    0,
                    1),
            new FleetSettings(2, 512, 512, Duration.ofSeconds(2)));

    @TempDir
    Path directory;

    private final Topics topics = new Topics("test");
    private EmbeddedBroker broker;
    private Clients clients;
    private Producer<byte[], byte[]> producer;
    private Consumer<byte[], byte[]> reports;
    /** What every replica holds. */
    private final Replica replica = Replica.initial(0, someSum(-1));

    private WorkerProcess worker;
    private CountingEngine engine;

    @BeforeEach
    void start() throws Exception {
        broker = EmbeddedBroker.start(directory);
        clients = new Clients(broker.bootstrap());
        try (Admin admin = clients.admin("test")) {
            TopicAdmin.ensure(admin, topics, 1, 2);
        }
        producer = clients.writer("test-planner");
        reports = clients.reader("test-reports");
        var partitions = Clients.partitions(reports, topics.reports());
        reports.assign(partitions);
        reports.seekToBeginning(partitions);
        EngineThread thread =
                new EngineThread(() -> engine = new CountingEngine(PARAMETERS, RUN.optimizer()));
        thread.opened().get(10, TimeUnit.SECONDS);
        WorkerIdentity identity = new WorkerIdentity(
                "worker-1", "i-1", "h", new WorkerDevice("cpu", "counting", "fp32", 0));
        worker = new WorkerProcess(clients, topics, RUN, identity, thread);
    }

    @AfterEach
    void stop() {
        worker.close();
        reports.close();
        producer.close();
        broker.close();
    }

    /** The order is there before the micro-batch begins, or while it is trained. */
    @Test
    void aSumThatLeftInPartsIsWhole() throws Exception {
        publishVersion(0);
        SequenceRef first = publishSequence("a", 1, 2, 3);
        SequenceRef second = publishSequence("b", 10, 20);
        await(Report.Joined.class);
        send(new Command.Admitted("worker-1", "i-1", 70, 5, 0, RUN), 0);
        await(Report.Ready.class);
        int lane = Topics.lanePartition(70);
        send(train(5, 1, 0, first), lane);
        await(Report.MicroBatchTrained.class);
        send(new Command.Contribute("worker-1", 5, 9, 0, List.of(1L, 3L)), lane);
        assertThat(await(Report.Contributed.class).attempts()).containsExactly(1L);
        send(train(5, 3, 0, second), lane);
        await(Report.MicroBatchTrained.class);
        send(train(5, 4, 0, first), lane);
        send(new Command.Contribute("worker-1", 5, 10, 0, List.of(3L, 4L)), lane);
        await(Report.MicroBatchTrained.class);
        Report.Contributed contributed = await(Report.Contributed.class);
        assertThat(contributed.attempts()).containsExactly(3L, 4L);
        float[] sum = readSum(contributed);
        assertThat(sum[Math.toIntExact(first.ordinal())]).isEqualTo(6f);
        assertThat(sum[Math.toIntExact(second.ordinal())]).isEqualTo(30f);
    }

    @Test
    void joinsTrainsContributesAndLeaves() throws Exception {
        publishVersion(0);
        SequenceRef first = publishSequence("a", 1, 2, 3);
        SequenceRef second = publishSequence("b", 10, 20);
        await(Report.Joined.class);
        send(new Command.Admitted("worker-1", "i-1", 70, 5, 0, RUN), 0);
        assertThat(await(Report.MemoryRead.class).memory().usedBytes())
                .as("the state is in it")
                .isEqualTo(CountingEngine.WITH_STATE);
        assertThat(await(Report.Ready.class)).isEqualTo(new Report.Ready("worker-1", 5, 0));

        int lane = Topics.lanePartition(70);
        send(train(5, 1, 0, first), lane);
        producer.send(new ProducerRecord<>(
                topics.commands(), lane, null, bytes("{\"type\":\"Nonsense\"}")));
        send(train(4, 2, 0, first), lane);
        send(train(5, 3, 0, second), lane);
        send(new Command.Contribute("worker-1", 5, 9, 0, List.of(1L, 3L)), lane);
        assertThat(await(Report.MicroBatchTrained.class).attempt()).isEqualTo(new Attempt(1, 0));
        assertThat(await(Report.MicroBatchTrained.class).attempt()).isEqualTo(new Attempt(3, 0));
        Report.Contributed contributed = await(Report.Contributed.class);
        assertThat(contributed.attempts()).containsExactly(1L, 3L);
        float[] sum = readSum(contributed);
        assertThat(sum[Math.toIntExact(first.ordinal())]).isEqualTo(6f);
        assertThat(sum[Math.toIntExact(second.ordinal())]).isEqualTo(30f);
        float total = 0;
        for (float value : sum) {
            total += value;
        }
        assertThat(total).isEqualTo(36f);
        assertThat(parked()).contains("Nonsense");

        send(train(5, 4, 1, first), lane);
        send(fixed(1, sum, new SumSource(false, 9, contributed.spans())), 0);
        assertThat(await(Report.VersionHeld.class)).isEqualTo(held(5, 1));
        assertThat(await(Report.MicroBatchTrained.class).attempt()).isEqualTo(new Attempt(4, 1));
        assertThat(engine.version()).isEqualTo(1);
        send(new Command.FinishRun("enough"), 0);
        await(Report.Left.class);
        assertThat(worker.outcome().get(10, TimeUnit.SECONDS))
                .isEqualTo(new WorkerProcess.Outcome(WorkerProcess.Ending.LEFT, "enough"));
    }

    @Test
    void makesEachVersionOfTheStateThatItReadAndOfTheSumsOfOthers() throws Exception {
        publishVersion(0);
        for (long version = 1; version <= 3; version++) {
            send(fixed(version, someSum(version), publishSum(version)), 0);
        }
        publishVersion(3);
        await(Report.Joined.class);
        send(new Command.Admitted("worker-1", "i-1", 70, 5, 3, RUN), 0);
        assertThat(await(Report.VersionHeld.class)).isEqualTo(held(5, 3));
        await(Report.Ready.class);
        send(fixed(4, someSum(4), publishSum(4)), 0);
        assertThat(await(Report.VersionHeld.class)).isEqualTo(held(5, 4));
        send(fixed(5, someSum(5), new SumSource(true, 6, publishSum(5).spans())), 0);
        assertThat(await(Report.Left.class).note())
                .as("the sum there is of another owner")
                .contains("version 5 cannot be read", "missing");
    }

    @Test
    void goesAheadWithItsOwnSumInBf16AndIsConfirmed() throws Exception {
        RunSettings run = new RunSettings(
                RUN.runId(),
                RUN.model(),
                RUN.lora(),
                RUN.steps(),
                RUN.optimizer(),
                RUN.fleet(),
                new FoldSettings(GradientDtype.BF16, 32));
        publishVersion(0);
        SequenceRef sequence = publishSequence("a", 1, 2, 300);
        await(Report.Joined.class);
        send(new Command.Admitted("worker-1", "i-1", 70, 5, 0, run), 0);
        await(Report.Ready.class);
        int lane = Topics.lanePartition(70);
        for (long step = 0; step < 2; step++) {
            AheadNumbers ahead = new AheadNumbers(3, 1e-3, step + 1);
            send(train(5, step + 1, step, sequence), lane);
            send(
                    new Command.Contribute(
                            "worker-1", 5, 10 + step, step, List.of(step + 1), Optional.of(ahead)),
                    lane);
        }
        send(train(5, 3, 2, sequence), lane);
        List<Report.Contributed> contributed = new ArrayList<>();
        List<Report.VersionHeld> held = new ArrayList<>();
        boolean isAhead = false;
        while (contributed.size() < 2 || !isAhead) {
            switch (await(Report.OfGeneration.class)) {
                case Report.Contributed one -> contributed.add(one);
                case Report.VersionHeld one -> held.add(one);
                case Report.MicroBatchTrained trained ->
                    isAhead |= trained.attempt().equals(new Attempt(3, 2));
                default -> {}
            }
        }
        for (Report.Contributed one : contributed) {
            long version = one.step() + 1;
            float[] sum = readSum(one);
            assertThat(sum[Math.toIntExact(sequence.ordinal())]).isBetween(302f, 304f);
            send(fixed(version, sum, new SumSource(false, one.contribution(), one.spans())), 0);
            assertThat(held)
                    .as("said before the commit")
                    .element(Math.toIntExact(version - 1))
                    .isEqualTo(held(5, version));
        }
        send(new Command.Contribute("worker-1", 5, 12, 2, List.of(3L), Optional.empty()), lane);
        assertThat(await(Report.Contributed.class).contribution())
                .as("it goes on")
                .isEqualTo(12);
    }

    /** What the shards decide of a sum; the shards, which are this test, fold it too. */
    private Command.FixClip fixed(long version, float[] sum, SumSource source) {
        double squaredNorm = 0;
        for (int shard = 0; shard < LAYOUT.shards(); shard++) {
            squaredNorm += SquaredNorm.of(Arrays.copyOfRange(
                    sum, (int) LAYOUT.start(shard), (int) LAYOUT.start(shard + 1)));
        }
        GradientClip clip = GradientClip.of(squaredNorm, 3, RUN.optimizer().maxGradientNorm());
        replica.fold(new AdamW(RUN.optimizer()), sum, clip.gradientScale(), 1e-3);
        return new Command.FixClip(
                version - 1,
                clip.norm(),
                clip.gradientScale(),
                1e-3,
                version,
                version,
                Optional.of(source));
    }

    private Report.VersionHeld held(long generation, long version) {
        assertThat(replica.version()).isEqualTo(version);
        return new Report.VersionHeld("worker-1", generation, version, replica.digest());
    }

    private static float[] someSum(long version) {
        float[] sum = new float[PARAMETERS];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (float) Math.sin(i * version);
        }
        return sum;
    }

    /** {@link #someSum}, as the shards publish it; another one lies between it. */
    private SumSource publishSumOfSeveral(long version) throws Exception {
        List<ChunkSpan> spans = new ArrayList<>();
        for (int shard = 0; shard < LAYOUT.shards(); shard++) {
            float[] part = Arrays.copyOfRange(
                    someSum(version), (int) LAYOUT.start(shard), (int) LAYOUT.start(shard + 1));
            float[] other = new float[part.length];
            long offset = sendSum(version, shard, "old-1", other);
            sendSum(version, shard, "new-1", part);
            long last = sendSum(version, shard, "old-1", other);
            spans.add(new ChunkSpan(shard, offset, last, "new-1"));
        }
        return new SumSource(true, version - 1, spans, List.of(1L, 2L));
    }

    private long sendSum(long version, int shard, String publication, float[] part)
            throws Exception {
        return producer.send(new TensorChunk(
                                shard, 0, TensorChunk.sumPart(publication), version - 1, part)
                        .toRecord(topics.sums(), "test"))
                .get()
                .offset();
    }

    @Test
    void readsASumWhileItIsPublishedAndBelievesOnlyThePublicationThatIsNamed() throws Exception {
        publishVersion(0);
        await(Report.Joined.class);
        send(new Command.Admitted("worker-1", "i-1", 70, 5, 0, RUN), 0);
        await(Report.Ready.class);
        for (long version = 1; version <= 3; version++) {
            send(
                    new Command.ExpectContributions(
                            version - 1, version - 1, List.of(1L, 2L), List.of()),
                    0);
            SumSource source = publishSumOfSeveral(version);
            send(fixed(version, someSum(version), source), 0);
            assertThat(await(Report.VersionHeld.class)).isEqualTo(held(5, version));
        }
        // another step than was expected
        send(new Command.ExpectContributions(9, 3, List.of(1L, 2L), List.of()), 0);
        send(fixed(4, someSum(4), publishSumOfSeveral(4)), 0);
        assertThat(await(Report.VersionHeld.class)).isEqualTo(held(5, 4));
    }

    /** {@link #someSum}, as the shards publish it. */
    private SumSource publishSum(long version) throws Exception {
        float[] sum = someSum(version);
        List<ChunkSpan> spans = new ArrayList<>();
        for (int shard = 0; shard < LAYOUT.shards(); shard++) {
            float[] part = Arrays.copyOfRange(
                    sum, (int) LAYOUT.start(shard), (int) LAYOUT.start(shard + 1));
            long offset = producer.send(new TensorChunk(shard, 0, "sum", version - 1, part)
                            .toRecord(topics.sums(), "test"))
                    .get()
                    .offset();
            spans.add(new ChunkSpan(shard, offset, offset));
        }
        return new SumSource(true, version - 1, spans);
    }

    @Test
    void aNewGenerationStartsFromAnEmptySum() throws Exception {
        publishVersion(0);
        SequenceRef sequence = publishSequence("a", 1, 2, 3);
        await(Report.Joined.class);
        send(new Command.Admitted("worker-1", "i-1", 1, 5, 0, RUN), 0);
        await(Report.Ready.class);
        send(train(5, 1, 0, sequence), 1);
        await(Report.MicroBatchTrained.class);
        send(new Command.Admitted("worker-1", "i-1", 1, 6, 0, RUN), 0);
        assertThat(await(Report.Ready.class).generation()).isEqualTo(6);
        send(train(6, 2, 0, sequence), 1);
        send(new Command.Contribute("worker-1", 6, 9, 0, List.of(2L)), 1);
        Report.Contributed contributed = await(Report.Contributed.class);
        assertThat(contributed.attempts()).containsExactly(2L);
        assertThat(readSum(contributed)[Math.toIntExact(sequence.ordinal())]).isEqualTo(6f);
    }

    @Test
    void aRefusedWorkerEndsWithTheReasonAndItsOwnExitCode() throws Exception {
        await(Report.Joined.class);
        send(new Command.Refused("worker-1", "i-1", RefusalReason.WORKER_ID_TAKEN, "taken"), 0);
        WorkerProcess.Outcome outcome = worker.outcome().get(10, TimeUnit.SECONDS);
        assertThat(outcome)
                .isEqualTo(new WorkerProcess.Outcome(WorkerProcess.Ending.REFUSED, "taken"));
        assertThat(outcome.ending().exitCode()).isEqualTo(ExitCode.REFUSED);
    }

    @Test
    void aSequenceThatIsNotThereIsReportedAndStopsNothing() throws Exception {
        publishVersion(0);
        SequenceRef sequence = publishSequence("a", 1, 2, 3);
        await(Report.Joined.class);
        send(new Command.Admitted("worker-1", "i-1", 1, 5, 0, RUN), 0);
        await(Report.Ready.class);
        send(train(5, 1, 0, new SequenceRef(sequence.ordinal(), 3, 2, 2)), 1);
        send(train(5, 2, 0, sequence), 1);
        assertThat(await(Report.MicroBatchFailed.class).attempt()).isEqualTo(new Attempt(1, 0));
        assertThat(await(Report.MicroBatchTrained.class).attempt()).isEqualTo(new Attempt(2, 0));
    }

    private static Command train(long generation, long attempt, long step, SequenceRef sequence) {
        return new Command.TrainMicroBatch(
                "worker-1",
                generation,
                new Attempt(attempt, step),
                step,
                List.of(sequence),
                new MemoryPlan(0, 64, 0));
    }

    private void send(Command command, int partition) {
        producer.send(
                Wire.COMMANDS.toRecord(topics.commands(), partition, null, command, "test", "id"));
        producer.flush();
    }

    private SequenceRef publishSequence(String id, int... tokens) throws Exception {
        boolean[] trainOn = new boolean[tokens.length];
        Arrays.fill(trainOn, true);
        TokenizedSample sample =
                new TokenizedSample(id, new SampleOrigin(0, 0), "ff", tokens, trainOn);
        long offset = producer.send(sample.toRecords(topics.tokenized()).getFirst())
                .get()
                .offset();
        return new SequenceRef(offset, tokens.length, sample.lossTokens(), 1);
    }

    private void publishVersion(long version) {
        assertThat(replica.version()).isEqualTo(version);
        for (int shard = 0; shard < LAYOUT.shards(); shard++) {
            TensorChunk master = part(shard, "master", replica.master());
            producer.send(master.toRecord(topics.adapter(), "test"));
            producer.send(part(shard, "firstMoment", replica.firstMoment())
                    .toRecord(topics.optimizer(), "test"));
            producer.send(part(shard, "secondMoment", replica.secondMoment())
                    .toRecord(topics.optimizer(), "test"));
            ShardManifest manifest = new ShardManifest(
                    shard,
                    version - 1,
                    version,
                    List.of(Checksums.crc32c(master.bytes())),
                    List.of());
            producer.send(Wire.SHARD_MANIFESTS.toRecord(
                    topics.adapter(),
                    shard,
                    "manifest/" + shard + "/" + version,
                    manifest,
                    "test",
                    "id"));
        }
        producer.flush();
    }

    private TensorChunk part(int shard, String part, float[] flat) {
        return new TensorChunk(
                shard,
                0,
                part,
                replica.version(),
                Arrays.copyOfRange(flat, (int) LAYOUT.start(shard), (int) LAYOUT.start(shard + 1)));
    }

    private <T extends Report> T await(Class<T> type) {
        long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
        while (System.nanoTime() < deadline) {
            if (pending.isEmpty()) {
                reports.poll(Duration.ofMillis(100)).forEach(pending::add);
                continue;
            }
            ConsumerRecord<byte[], byte[]> record = pending.removeFirst();
            if (Wire.REPORTS.decode(record) instanceof Decoded.Ok<Report>(Report report)
                    && type.isInstance(report)) {
                return type.cast(report);
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " came");
    }

    private final List<ConsumerRecord<byte[], byte[]>> pending = new ArrayList<>();

    private float[] readSum(Report.Contributed contributed) {
        float[] flat = new float[PARAMETERS];
        try (Consumer<byte[], byte[]> reader = clients.reader("test-gradients")) {
            for (ChunkSpan span : contributed.spans()) {
                for (ConsumerRecord<byte[], byte[]> record :
                        read(reader, topics.gradients(), span)) {
                    if (TensorChunk.isChunk(record)) {
                        TensorChunk chunk =
                                ((Decoded.Ok<TensorChunk>) TensorChunk.decode(record)).value();
                        assertThat(chunk.owner()).isEqualTo(contributed.contribution());
                        System.arraycopy(
                                chunk.values(),
                                0,
                                flat,
                                Math.toIntExact(LAYOUT.start(chunk.shard()))
                                        + LAYOUT.chunkStart(chunk.chunk()),
                                chunk.values().length);
                    } else {
                        assertThat(Wire.CONTRIBUTION_MANIFESTS.decode(record))
                                .isInstanceOfSatisfying(
                                        Decoded.Ok.class,
                                        ok -> assertThat(((ContributionManifest) ok.value())
                                                        .attempts())
                                                .hasSameSizeAs(contributed.attempts()));
                    }
                }
            }
        }
        return flat;
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(
            Consumer<byte[], byte[]> reader, String topic, ChunkSpan span) {
        var partition = new org.apache.kafka.common.TopicPartition(topic, span.shard());
        reader.assign(List.of(partition));
        reader.seek(partition, span.firstOffset());
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        while (reader.position(partition) <= span.lastOffset()) {
            reader.poll(Duration.ofMillis(100)).forEach(records::add);
        }
        records.removeIf(record -> record.offset() > span.lastOffset());
        return records;
    }

    private String parked() {
        try (Consumer<byte[], byte[]> reader = clients.reader("test-parked")) {
            var partition = new org.apache.kafka.common.TopicPartition(topics.parked(), 0);
            reader.assign(List.of(partition));
            reader.seekToBeginning(List.of(partition));
            StringBuilder found = new StringBuilder();
            for (int i = 0; i < 50 && found.isEmpty(); i++) {
                reader.poll(Duration.ofMillis(100))
                        .forEach(record ->
                                found.append(new String(record.value(), StandardCharsets.UTF_8)));
            }
            return found.toString();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
