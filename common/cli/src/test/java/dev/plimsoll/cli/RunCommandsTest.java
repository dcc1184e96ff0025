package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.admin.Admin;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The commands about a run as a whole, against a real broker. */
@Tag("slow")
class RunCommandsTest {

    private static final String RUN = "r1";

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
    void pauseResumeAndFinishTellWhatBecameOfThem() throws Exception {
        Topics topics = create("s1");
        tells(topics, 1, "pause", new JournalRecord.PauseChanged(true, ""), "it is paused: ");
        assertThat(run("pause", "--prefix", "s1")).isZero();
        assertThat(out.toString()).contains("it is paused already");
        tells(topics, 3, "resume", new JournalRecord.PauseChanged(false, ""), "it trains again");
        assertThat(run("resume", "--prefix", "s1")).isZero();
        assertThat(out.toString()).contains("it is not paused");
        assertThat(run("finish", "--wait", "1", "--prefix", "s1")).isZero();
        assertThat(out.toString()).contains("it is not taken up after 1 s");
        journal(topics, sample(0));
        assertThat(out.toString()).doesNotContain("no worker is ready");
        tells(topics, 6, "finish", new JournalRecord.FinishAsked(""), "then ends");
        assertThat(out.toString()).contains("no worker is ready: it goes on when one joins");
        assertThat(run("finish", "--prefix", "s1")).isZero();
        assertThat(out.toString()).contains("it is finishing already: 1 samples are still");
        CompletableFuture<Integer> late =
                CompletableFuture.supplyAsync(() -> run("pause", "--prefix", "s1"));
        await(topics, 8);
        journal(topics, new JournalRecord.RunFinished("all is trained"));
        assertThat(late.get()).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("the run has finished meanwhile: all is trained");
    }

    /** Gives the command, journals the fact when the request is there, and reads what is told. */
    private void tells(Topics topics, int n, String command, JournalRecord fact, String told)
            throws Exception {
        CompletableFuture<Integer> given =
                CompletableFuture.supplyAsync(() -> run(command, "--prefix", topics.prefix()));
        await(topics, n);
        journal(topics, fact);
        assertThat(given.get()).isZero();
        assertThat(out.toString()).contains("run " + RUN + " is asked to " + command, told);
    }

    @Test
    void watchTellsThatARunWaitsForAWorker() throws Exception {
        Topics topics = create("w1");
        assertThat(run("watch", "--once", "--prefix", "w1")).isZero();
        assertThat(out.toString()).isEmpty();
        journal(topics, sample(0));
        assertThat(run("watch", "--once", "--prefix", "w1")).isZero();
        assertThat(out.toString()).isEqualTo("no worker is ready: it goes on when one joins\n");
        journal(topics, new JournalRecord.WorkerReady("anna", 1));
        assertThat(run("watch", "--once", "--prefix", "w1")).isZero();
        assertThat(out.toString().lines()).hasSize(1);
        journal(topics, new JournalRecord.WorkerLost("anna", 1, "left"));
        assertThat(run("watch", "--once", "--json", "--prefix", "w1")).isZero();
        assertThat(out.toString().lines()).hasSize(1);
    }

    @Test
    void aFinishedRunTakesNothingMore() throws Exception {
        Topics topics = create("f1");
        journal(topics, new JournalRecord.RunFinished("20 steps are done"));
        Path file = Files.writeString(directory.resolve("late.jsonl"), "{\"text\":\"a\"}\n");
        for (String command : List.of(
                "pause",
                "resume",
                "finish",
                "checkpoint x",
                "rollback x",
                "source add x",
                "submit " + file)) {
            err.getBuffer().setLength(0);
            assertThat(run((command + " --prefix f1").split(" ")))
                    .as(command)
                    .isEqualTo(ExitCode.INPUT.number());
            assertThat(err.toString())
                    .contains(
                            "the run under prefix 'f1' is finished (20 steps are done) and cannot ")
                    .doesNotContain("\tat ");
        }
        assertThat(out.toString()).doesNotContain("is asked to");
        assertThat(count(topics.control())).isZero();
        assertThat(count(topics.samples())).isZero();
    }

    @Test
    void aRunInALaterEpochTakesNoSamples() throws Exception {
        Topics topics = create("e1");
        List<JournalRecord> facts =
                new ArrayList<>(List.of(sample(0), new JournalRecord.EpochStarted(1)));
        for (long step = 0; step < 6_000; step++) {
            facts.add(new JournalRecord.StepDropped(step, ""));
        }
        journal(topics, facts.toArray(JournalRecord[]::new));
        Path file = Files.writeString(directory.resolve("more.jsonl"), "{\"text\":\"a\"}\n");
        assertThat(run("submit", file.toString(), "--prefix", "e1"))
                .isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString())
                .contains("the run under prefix 'e1' is in a later epoch")
                .doesNotContain("\tat ");
        assertThat(count(topics.samples())).isZero();
    }

    @Test
    void runsAreListedAndOneIsDeletedAlone() throws Exception {
        Topics trained = create("a");
        journal(trained, sample(0));
        journal(trained, sample(1));
        journal(trained, sample(2));
        journal(trained, new JournalRecord.StepOpened(0, List.of(0L, 1L), 0, ""));
        journal(trained, new JournalRecord.StepCommitted(0, 1, 1, Optional.empty()));
        Topics waiting = create("w");
        journal(waiting, sample(0));
        telemetry(waiting, new Telemetry.CoordinatorBeat(RUN, "i", 1));
        Topics other = create("a.b");
        telemetry(other, new Telemetry.CoordinatorBeat(RUN, "i", 1));
        assertThat(run("runs")).isZero();
        assertThat(out.toString())
                .containsPattern(
                        "a +no coordinator heard +step +1 at \\S+ \\S+ +2 trained +1 waiting +0 w")
                .containsPattern("w +waits for a worker +step +0 +0 trained +1 waiting")
                .containsPattern("a\\.b +training +step +0 +0 trained");
        out.getBuffer().setLength(0);
        assertThat(run("runs", "--json")).isZero();
        String line = out.toString()
                .lines()
                .filter(l -> l.contains("\"prefix\":\"a\""))
                .findFirst()
                .orElseThrow();
        assertThat(Json.mapper().readTree(line).path("trained").asInt()).isEqualTo(2);

        assertThat(run("runs", "delete", "nobody", "--yes")).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("there is no topic of a run under prefix 'nobody'");
        assertThat(run("runs", "delete", "a.b", "--yes")).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("the run 'a.b' is alive: its coordinator gave a sign");
        assertThat(run("runs", "delete", "a")).isEqualTo(ExitCode.USAGE.number());
        assertThat(out.toString()).containsPattern("a\\.journal +6 records");
        assertThat(names()).contains("a.journal");
        assertThat(run("runs", "delete", "a", "--yes")).isZero();
        assertThat(names())
                .doesNotContain("a.journal", "a.samples", "a.samples.rejected")
                .contains("a.b.journal", "a.b.samples", "a.b.parked");
    }

    private static Topics create(String prefix) throws Exception {
        Topics topics = new Topics(prefix);
        try (Admin admin = clients().admin("test")) {
            TopicAdmin.ensure(admin, topics, 1, 1);
        }
        journal(topics, new JournalRecord.RunCreated(settings()));
        return topics;
    }

    private static JournalRecord sample(long ordinal) {
        return new JournalRecord.SampleAdmitted(
                new SequenceRef(ordinal, 5, 4, 1), "s" + ordinal, new SampleOrigin(0, ordinal));
    }

    private static void journal(Topics topics, JournalRecord... facts) {
        try (Producer<byte[], byte[]> producer = clients().writer("test")) {
            for (JournalRecord fact : facts) {
                producer.send(Wire.JOURNAL.toRecord(
                        topics.journal(), 0, "run", fact, "planner", fact.toString()));
            }
        }
    }

    private static void telemetry(Topics topics, Telemetry sign) {
        try (Producer<byte[], byte[]> producer = clients().writer("test")) {
            producer.send(Wire.TELEMETRY.toRecord(
                    topics.telemetry(), 0, sign.source(), sign, "planner", "t"));
        }
    }

    private static void await(Topics topics, int requests) throws InterruptedException {
        while (count(topics.control()) < requests) {
            Thread.sleep(50);
        }
    }

    private static int count(String topic) {
        List<Long> offsets = new ArrayList<>();
        TopicScan.read(clients(), topic, record -> offsets.add(record.offset()));
        return offsets.size();
    }

    private static Set<String> names() throws Exception {
        try (Admin admin = clients().admin("test")) {
            return admin.listTopics().names().get();
        }
    }

    private static RunSettings settings() {
        return new RunSettings(
                RUN,
                new RunSettings.ModelIdentity("tiny-llama", "hash", 1),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                new StepSettings(2, 0, Duration.ZERO, 1, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(1, 100, 100, Duration.ofSeconds(5)));
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
}
