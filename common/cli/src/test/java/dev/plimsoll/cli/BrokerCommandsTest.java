package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelHash;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.model.peft.StartingPoint;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.FleetSettings;
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

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** The commands that talk to a broker, against a real one. */
@Tag("slow")
class BrokerCommandsTest {

    private static final Path MODEL = Path.of("../model/tiny-llama");
    private static final int SHARDS = 2;

    @TempDir
    static Path directory;

    private static EmbeddedBroker broker;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() {
        broker = EmbeddedBroker.start(directory.resolve("kafka"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void exportAuditAndWatchReadARunFromItsTopics() throws Exception {
        Topics topics = new Topics("e1");
        RunSettings run = settings();
        AdapterLayout layout = new AdapterLayout(LlamaConfig.read(MODEL), run.lora());
        ShardLayout shards = new ShardLayout(layout.totalParameters(), SHARDS);
        float[] first = layout.initial(1);
        float[] second = layout.initial(2);
        try (Admin admin = clients().admin("test");
                Producer<byte[], byte[]> producer = clients().writer("test")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
            producer.send(Wire.JOURNAL.toRecord(
                    topics.journal(), 0, "run", new JournalRecord.RunCreated(run), "planner", "0"));
            writeVersion(producer, topics, shards, 0, first, List.of());
            Path file = directory.resolve("two.jsonl");
            Files.writeString(file, "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
            assertThat(run("submit", file.toString(), "--prefix", "e1", "--no-wait"))
                    .isZero();
            for (ConsumerRecord<byte[], byte[]> sample : records(topics.samples())) {
                new TokenizedSample(
                                text(sample.key()),
                                new SampleOrigin(0, sample.offset()),
                                dev.plimsoll.model.samples.SampleIds.contentHash(sample.value()),
                                new int[] {1, 2},
                                new boolean[] {false, true})
                        .toRecords(topics.tokenized())
                        .forEach(producer::send);
            }
            ContributionManifest sum = new ContributionManifest(
                    5, "w", 1, 1, List.of(new TrainedAttempt(9, List.of(0L, 1L))));
            writeVersion(producer, topics, shards, 1, second, List.of(sum));
            // one shard is ahead, as between two transactions: the version that both have is what
            // counts
            writeShard(producer, topics, shards, 0, 2, first, List.of());
            producer.send(Wire.STEPS.toRecord(topics.steps(), 0, "1", step(), "planner", "1"));
            producer.flush();
        }

        Path adapter = directory.resolve("adapter");
        assertThat(run("export", adapter.toString(), "--prefix", "e1", "--model", MODEL.toString()))
                .isZero();
        assertThat(out.toString())
                .contains("adapter version 1 of run e1")
                .doesNotContain("is committed");
        PeftAdapter read = PeftAdapter.read(adapter, LlamaConfig.read(MODEL));
        assertThat(read.flat()).isEqualTo(second);
        assertThat(read.lora()).isEqualTo(run.lora());
        assertThat(adapter.resolve("README.md")).content().contains("audit clean: 2 submitted");
        assertThat(adapter.resolve("tokenizer.json")).exists();

        theExportLeavesWhatItDidNotWrite(adapter);
        // there is no engine here, but there is the run's adapter
        assertThat(run("generate", "--prompt", "a", "--prefix", "e1", "--model", "" + MODEL))
                .isEqualTo(1);
        assertThat(err.toString()).contains("adapter: version 1 of run e1");

        assertThat(run("audit", "--prefix", "e1")).isZero();
        assertThat(out.toString())
                .contains("audit clean: 2 submitted, 2 trained once, 0 rejected, 0 waiting");
        assertThat(run("audit", "--json", "--prefix", "e1")).isZero();
        assertThat(out.toString())
                .contains("\"lost\":0,\"evaluation\":0,\"digests\":{\"versions\":0,");
        assertThat(out.toString()).contains("\"clean\":true,\"findings\":[]");
        assertThat(run("watch", "--once", "--json", "--prefix", "e1")).isZero();
        assertThat(out.toString()).contains("{\"kind\":\"step\",\"step\":1,");
        assertThat(run("watch", "--once", "--prefix", "e1")).isZero();
        assertThat(out.toString()).contains("step    1  loss 2.5000");
        assertThat(run("tail", "steps", "--once", "--prefix", "e1")).isZero();
        assertThat(out.toString())
                .contains("\"key\":\"1\",\"type\":\"plimsoll.")
                .contains("\"loss\":2.5");
        assertThat(run("tail", "adapter", "--once", "--prefix", "e1")).isZero();
        assertThat(out.toString()).contains("\"type\":\"plimsoll.tensor-chunk.v1\",\"bytes\":");
        for (String action : List.of("pause", "resume", "finish")) {
            assertThat(run(action, "--wait", "0", "--prefix", "e1")).isZero();
            assertThat(out.toString()).contains("is asked to " + action);
        }
        assertThat(records(topics.control()).stream().map(Wire.CONTROL::decode))
                .extracting(decoded -> ((Decoded.Ok<Control>) decoded).value())
                .containsExactly(
                        new Control.Pause("cli"),
                        new Control.Resume("cli"),
                        new Control.Finish("cli"));
        assertThat(run("tail", "step", "--once", "--prefix", "e1"))
                .isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("there is no topic e1.step");
    }

    @Test
    void anExportTakesTheNewestStateAndNamesTheVersionThatIsCommitted() throws Exception {
        Topics topics = new Topics("e3");
        RunSettings run = settings();
        AdapterLayout layout = new AdapterLayout(LlamaConfig.read(MODEL), run.lora());
        ShardLayout shards = new ShardLayout(layout.totalParameters(), SHARDS);
        float[] state = layout.initial(3);
        try (Admin admin = clients().admin("test");
                Producer<byte[], byte[]> producer = clients().writer("test")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
            journal(topics, new JournalRecord.RunCreated(run));
            writeVersion(producer, topics, shards, 4, state, List.of());
            for (long version = 0; version < 20; version++) {
                for (int shard = 0; shard < SHARDS; shard++) {
                    writeManifest(
                            producer,
                            topics,
                            new ShardManifest(
                                    shard,
                                    version,
                                    version,
                                    List.of(),
                                    List.of(),
                                    Optional.empty(),
                                    1 + version));
                }
            }
            writeShard(producer, topics, shards, 0, 12, layout.initial(4), List.of());
            producer.send(Wire.STEPS.toRecord(topics.steps(), 0, "1", step(), "planner", "1"));
            producer.flush();
        }
        Path adapter = directory.resolve("adapter-3");
        String[] export = {"export", "" + adapter, "--prefix", "e3", "--model", "" + MODEL};
        assertThat(run(export)).isZero();
        assertThat(out.toString())
                .contains("adapter version 4 of run e1 written to ")
                .contains("; version 19 is committed, and its state is not written yet");
        assertThat(PeftAdapter.read(adapter, LlamaConfig.read(MODEL)).flat()).isEqualTo(state);
    }

    private void theExportLeavesWhatItDidNotWrite(Path adapter) throws Exception {
        String[] command = {"export", adapter.toString(), "--prefix", "e1", "--model", "" + MODEL};
        assertThat(run(command)).isZero(); // an adapter that it wrote itself
        Files.writeString(adapter.resolve("letter"), "dear");
        assertThat(run(command)).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString())
                .contains("holds 'letter', which Plimsoll did not write")
                .doesNotContain("\tat ");
        assertThat(adapter.resolve("letter")).hasContent("dear");
        Files.delete(adapter.resolve("letter"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), adapter);
        command[1] = link.toString();
        assertThat(run(command)).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("is a symbolic link");
        command[1] = "src";
        assertThat(run(command)).isEqualTo(ExitCode.INPUT.number());
        assertThat(Path.of("src/main")).isDirectory();
    }

    @Test
    void drainAndMemoryCapTellWhatBecameOfThem() throws Exception {
        Topics topics = new Topics("w1");
        try (Admin admin = clients().admin("test")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
        }
        journal(topics, new JournalRecord.RunCreated(settings()));
        assertThat(run("drain", "a b", "--prefix", "w1")).isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString()).contains("worker id 'a b' is not usable");
        assertThat(run("memory-cap", "anna", "9 GB", "--prefix", "w1"))
                .isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString()).contains("cap '9 GB' is not usable", "40GiB, or off");

        CompletableFuture<Integer> drained =
                CompletableFuture.supplyAsync(() -> run("drain", "anna", "--prefix", "w1"));
        String request = ((Control.DrainWorker) asked(topics, 1)).request();
        journal(topics, new JournalRecord.WorkerLost("anna", 3, "left: another time"));
        journal(
                topics,
                new JournalRecord.WorkerDraining("anna", 4, "by cli", Optional.of(request)));
        journal(topics, new JournalRecord.WorkerLost("bert", 5, "left: of itself"));
        journal(topics, new JournalRecord.WorkerLost("anna", 4, "left: by cli"));
        assertThat(drained.get()).isZero();
        assertThat(out.toString()).contains("worker anna is gone: left: by cli");

        CompletableFuture<Integer> capped = CompletableFuture.supplyAsync(
                () -> run("memory-cap", "bert", "40GiB", "--prefix", "w1"));
        Control.CapMemory cap = (Control.CapMemory) asked(topics, 2);
        assertThat(cap.capBytes()).isEqualTo(40L << 30);
        journal(
                topics,
                new JournalRecord.MemoryCapped(
                        "bert", cap.capBytes(), cap.request(), "capped at 40 GiB by cli"));
        assertThat(capped.get()).isZero();
        assertThat(out.toString()).contains("worker bert: capped at 40 GiB by cli");

        CompletableFuture<Integer> refused = CompletableFuture.supplyAsync(
                () -> run("memory-cap", "bert", "off", "--prefix", "w1"));
        Control.CapMemory off = (Control.CapMemory) asked(topics, 3);
        assertThat(off.capBytes()).isZero();
        journal(topics, new JournalRecord.RequestRefused(off.request(), "worker bert has no cap"));
        assertThat(refused.get()).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("refused: worker bert has no cap");
    }

    @Test
    void checkpointAndRollbackTellWhatBecameOfThem() throws Exception {
        Topics topics = new Topics("c1");
        try (Admin admin = clients().admin("test")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
        }
        journal(topics, new JournalRecord.RunCreated(settings()));
        assertThat(run("rollback", "a b", "--prefix", "c1")).isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString()).contains("checkpoint name 'a b' is not usable");
        assertThat(run("checkpoint", "c", "--wait", "0", "--prefix", "c1")).isZero();
        assertThat(out.toString()).contains("it is done as soon as one runs");

        CompletableFuture<Integer> saved =
                CompletableFuture.supplyAsync(() -> run("checkpoint", "d", "--prefix", "c1"));
        String request = ((Control.Checkpoint) asked(topics, 2)).request();
        journal(topics, new JournalRecord.CheckpointTaken("d", 3)); // of somebody else's request
        journal(topics, new JournalRecord.CheckpointAsked("d", request, "by cli"));
        journal(topics, new JournalRecord.CheckpointTaken("d", 4));
        assertThat(saved.get()).isZero();
        assertThat(out.toString()).contains("checkpoint d is version 4");

        CompletableFuture<Integer> back =
                CompletableFuture.supplyAsync(() -> run("rollback", "d", "--prefix", "c1"));
        journal(
                topics,
                new JournalRecord.RollbackAsked(
                        "d", ((Control.Rollback) asked(topics, 3)).request(), "by cli"));
        journal(
                topics,
                new JournalRecord.CheckpointTaken("d", 5)); // of somebody else's request, again
        journal(topics, new JournalRecord.RolledBack("d", 4, 9));
        assertThat(back.get()).isZero();
        assertThat(out.toString()).contains("version 9 is checkpoint d again, version 4");

        CompletableFuture<Integer> refused =
                CompletableFuture.supplyAsync(() -> run("rollback", "e", "--prefix", "c1"));
        journal(
                topics,
                new JournalRecord.RequestRefused(
                        ((Control.Rollback) asked(topics, 4)).request(), "no 'e'"));
        assertThat(refused.get()).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("refused: no 'e'");
    }

    @Test
    void sourcesAreChangedAndListed() throws Exception {
        Topics topics = new Topics("src1");
        try (Admin admin = clients().admin("test")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
        }
        journal(topics, new JournalRecord.RunCreated(settings()));
        assertThat(run("source", "add", "news", "--weight", "0", "--prefix", "src1"))
                .isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString()).contains("weight 0 is not usable");
        assertThat(run("source", "list", "--wait", "0", "--prefix", "src1"))
                .isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("no coordinator under prefix 'src1' spoke");

        CompletableFuture<Integer> added = CompletableFuture.supplyAsync(
                () -> run("source", "add", "news", "--weight", "3", "--prefix", "src1"));
        Control.AddSource asked = (Control.AddSource) asked(topics, 1);
        assertThat(asked).isEqualTo(new Control.AddSource("news", 3, asked.request(), "cli"));
        journal(
                topics,
                new JournalRecord.SourceChanged(
                        "news", SourceStatus.ACTIVE, 3, asked.request(), "added"));
        assertThat(added.get()).isZero();
        assertThat(out.toString()).contains("source news is active, weight 3");

        for (String change : List.of("pause", "resume", "remove")) {
            assertThat(run("source", change, "news", "--wait", "0", "--prefix", "src1"))
                    .isZero();
        }
        assertThat(run("source", "weight", "news", "5", "--wait", "0", "--prefix", "src1"))
                .isZero();
        assertThat(asked(topics, 2)).isInstanceOf(Control.PauseSource.class);
        assertThat(asked(topics, 3)).isInstanceOf(Control.ResumeSource.class);
        assertThat(asked(topics, 4)).isInstanceOf(Control.RemoveSource.class);
        assertThat(asked(topics, 5))
                .isInstanceOfSatisfying(
                        Control.WeighSource.class,
                        weigh -> assertThat(weigh.weight()).isEqualTo(5));

        CompletableFuture<Integer> listed = CompletableFuture.supplyAsync(
                () -> run("source", "list", "--wait", "30", "--prefix", "src1")
                        + run("source", "list", "--json", "--wait", "30", "--prefix", "src1"));
        Telemetry told = new Telemetry.SourcesMeasured(
                "run",
                new TreeMap<>(
                        Map.of("news", new SourceMeasures(SourceStatus.PAUSED, 3, 1_200, 40, 2))));
        try (Producer<byte[], byte[]> producer = clients().writer("test")) {
            while (!listed.isDone()) {
                producer.send(Wire.TELEMETRY.toRecord(
                        topics.telemetry(), 0, "coordinator", told, "planner", "t"));
                Thread.sleep(100);
            }
        }
        assertThat(listed.get()).isZero();
        assertThat(out.toString())
                .contains("{\"name\":\"news\",\"status\":\"PAUSED\",\"weight\":3,")
                .containsPattern("news +paused +weight 3 +1,200 waiting +40 trained +2 rejected");
    }

    @Test
    void samplesForEvaluationAreSentWhenTheirSourceIsMarked() throws Exception {
        Topics topics = new Topics("held1");
        try (Admin admin = clients().admin("test")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
        }
        journal(topics, new JournalRecord.RunCreated(settings()));
        assertThat(run("source", "add", "x", "--eval", "--weight", "2", "--prefix", "held1"))
                .isEqualTo(ExitCode.USAGE.number());
        String file = Files.writeString(directory.resolve("held.jsonl"), "{\"text\":\"a\"}\n")
                .toString();
        for (String name : List.of("eval", "other")) {
            CompletableFuture<Integer> sent = CompletableFuture.supplyAsync(() -> run(
                    "submit",
                    "--eval",
                    "--source-name",
                    name,
                    "--no-wait",
                    "--prefix",
                    "held1",
                    file));
            int before = records(topics.samples()).size();
            int number = before + 1;
            Control.AddSource asked = (Control.AddSource) asked(topics, number);
            assertThat(asked)
                    .isEqualTo(new Control.AddSource(name, 1, asked.request(), "cli", true));
            assertThat(records(topics.samples())).as("before the mark").hasSize(before);
            boolean marked = name.equals("eval");
            journal(
                    topics,
                    marked
                            ? new JournalRecord.SourceChanged(
                                    name, SourceStatus.ACTIVE, 0, asked.request(), "", true)
                            : new JournalRecord.RequestRefused(asked.request(), "it is trained"));
            assertThat(sent.get()).isEqualTo((marked ? ExitCode.DONE : ExitCode.INPUT).number());
            assertThat(records(topics.samples())).hasSize(1);
        }
        assertThat(err.toString()).contains("refused: it is trained");
    }

    /** The n-th record in the topic control, once it is there. */
    private static Control asked(Topics topics, int n) throws InterruptedException {
        while (records(topics.control()).size() < n) {
            Thread.sleep(50);
        }
        return ((Decoded.Ok<Control>)
                        Wire.CONTROL.decode(records(topics.control()).get(n - 1)))
                .value();
    }

    @Test
    void aTrainingIsExportedWithAllThatAnotherRunNeeds() throws Exception {
        Topics topics = new Topics("e5");
        RunSettings run = settings();
        LlamaConfig config = LlamaConfig.read(MODEL);
        AdapterLayout layout = new AdapterLayout(config, run.lora());
        ShardLayout shards = new ShardLayout(layout.totalParameters(), SHARDS);
        float[][] state = {layout.initial(1), layout.initial(2), layout.initial(3)};
        try (Admin admin = clients().admin("test");
                Producer<byte[], byte[]> producer = clients().writer("test")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
            journal(topics, new JournalRecord.RunCreated(run));
            journal(topics, sample(0, "a"));
            journal(topics, sample(1, "b"));
            journal(topics, new JournalRecord.StepOpened(0, List.of(1L, 0L), 0, ""));
            journal(topics, new JournalRecord.StepCommitted(0, 1, 1, Optional.empty()));
            journal(
                    topics,
                    new JournalRecord.CheckpointBegun("half", 1, 1, new DataPosition(0, 2)));
            journal(topics, new JournalRecord.CheckpointTaken("half", 1));
            writeCheckpoint(producer, topics, shards, state);
            producer.flush();
        }
        Path dir = directory.resolve("training");
        String[] where = {"--prefix", "e5", "--model", MODEL.toString()};
        assertThat(export(where, "" + dir, "--checkpoint", "half", "--with-optimizer"))
                .isZero();
        assertThat(out.toString())
                .contains("adapter version 1 of run e1, checkpoint half, with its optimizer's state"
                        + " (1 updates, 1 steps, 2 samples trained in epoch 0) written to");
        StartingPoint start = StartingPoint.open(dir, config);
        assertThat(start.parameters()).isEqualTo(state[0]);
        assertThat(start.firstMoment()).hasValue(state[1]);
        assertThat(start.secondMoment()).hasValue(state[2]);
        assertThat(start.identity().updates()).isEqualTo(1);
        assertThat(start.progress().orElseThrow().run()).isEqualTo(run);
        assertThat(Files.readAllLines(dir.resolve("trained_samples.txt")))
                .containsExactly("b", "a");

        Path adapter = directory.resolve("half");
        assertThat(export(where, "" + adapter, "--checkpoint", "half")).isZero();
        assertThat(PeftAdapter.read(adapter, config).flat()).isEqualTo(state[0]);
        assertThat(export(where, "" + adapter, "--checkpoint", "no"))
                .isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("there is no checkpoint no; there are half");
        assertThat(export(where, "" + directory.resolve("newest"), "--with-optimizer"))
                .isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("the state of no version is whole");
    }

    private int export(String[] where, String... more) {
        List<String> all = new ArrayList<>(List.of("export"));
        all.addAll(List.of(more));
        all.addAll(List.of(where));
        return run(all.toArray(String[]::new));
    }

    private static JournalRecord sample(long ordinal, String id) {
        return new JournalRecord.SampleAdmitted(
                new SequenceRef(ordinal, 5, 4, 1), id, new SampleOrigin(0, ordinal));
    }

    private static void writeCheckpoint(
            Producer<byte[], byte[]> producer, Topics topics, ShardLayout shards, float[][] state) {
        List<String> parts = List.of("master", "firstMoment", "secondMoment");
        for (int shard = 0; shard < SHARDS; shard++) {
            for (int chunk = 0; chunk < shards.chunks(shard); chunk++) {
                int from = (int) shards.start(shard) + shards.chunkStart(chunk);
                int to = from + shards.chunkLength(shard, chunk);
                for (int part = 0; part < parts.size(); part++) {
                    float[] values = Arrays.copyOfRange(state[part], from, to);
                    producer.send(new TensorChunk(shard, chunk, parts.get(part), 1, values)
                            .inCheckpoint("half")
                            .toRecord(topics.optimizer(), "parameters"));
                }
            }
        }
    }

    private static void journal(Topics topics, JournalRecord fact) {
        try (Producer<byte[], byte[]> producer = clients().writer("test")) {
            producer.send(Wire.JOURNAL.toRecord(
                    topics.journal(), 0, "run", fact, "planner", fact.toString()));
        }
    }

    @Test
    void aWrongModelOrPrefixIsToldInOneSentence() throws Exception {
        assertThat(run("export", "--prefix", "none", "--model", MODEL.toString()))
                .isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString())
                .contains("there is no topic none.journal")
                .doesNotContain("\tat ");
        Topics topics = new Topics("e2");
        try (Admin admin = clients().admin("test");
                Producer<byte[], byte[]> producer = clients().writer("test")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
            producer.send(Wire.JOURNAL.toRecord(
                    topics.journal(),
                    0,
                    "run",
                    new JournalRecord.RunCreated(settings()),
                    "planner",
                    "0"));
        }
        Path other = directory.resolve("other-model");
        assertThat(Plimsoll.commandLine()
                        .setOut(new PrintWriter(out))
                        .execute("model", "create", "" + other, "--tokenizer", "" + MODEL))
                .isZero();
        assertThat(run("export", "--prefix", "e2", "--model", other.toString()))
                .isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("has hash").contains("give the run's model");
    }

    private static void writeVersion(
            Producer<byte[], byte[]> producer,
            Topics topics,
            ShardLayout shards,
            long version,
            float[] values,
            List<ContributionManifest> builtFrom) {
        for (int shard = 0; shard < SHARDS; shard++) {
            writeShard(producer, topics, shards, shard, version, values, builtFrom);
        }
    }

    private static void writeShard(
            Producer<byte[], byte[]> producer,
            Topics topics,
            ShardLayout shards,
            int shard,
            long version,
            float[] values,
            List<ContributionManifest> builtFrom) {
        List<Long> checksums = new ArrayList<>();
        for (int chunk = 0; chunk < shards.chunks(shard); chunk++) {
            int from = (int) shards.start(shard) + shards.chunkStart(chunk);
            float[] part =
                    Arrays.copyOfRange(values, from, from + shards.chunkLength(shard, chunk));
            TensorChunk tensor = new TensorChunk(shard, chunk, "master", version, part);
            checksums.add(Checksums.crc32c(tensor.bytes()));
            producer.send(tensor.toRecord(topics.adapter(), "parameters"));
        }
        writeManifest(
                producer, topics, new ShardManifest(shard, version, version, checksums, builtFrom));
    }

    private static void writeManifest(
            Producer<byte[], byte[]> producer, Topics topics, ShardManifest manifest) {
        producer.send(Wire.SHARD_MANIFESTS.toRecord(
                topics.adapter(),
                manifest.shard(),
                manifest.shard() + "/manifest/" + manifest.version(),
                manifest,
                "parameters",
                "v" + manifest.version()));
    }

    private static RunSettings settings() {
        return new RunSettings(
                "e1",
                new RunSettings.ModelIdentity("tiny-llama", ModelHash.of(MODEL), 1),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ, Projection.DOWN_PROJ)),
                new StepSettings(2, 0, Duration.ZERO, 1, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(SHARDS, 100, 100, Duration.ofSeconds(5)));
    }

    private static StepRecord step() {
        return new StepRecord(
                1,
                1,
                2.5,
                new StepRecord.StepCounts(4, 2, 2, 1, 1),
                new StepRecord.StepRates(1, 1e-3, 10, 400),
                List.of());
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bootstrap", broker.bootstrap()));
        return Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    private static Clients clients() {
        return new Clients(broker.bootstrap());
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        TopicScan.read(clients(), topic, records::add);
        return records;
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return text(record.headers().lastHeader(name).value());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
