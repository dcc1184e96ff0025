package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.RecordBounds;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.ForeignRecords;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Commands that show what topics hold, where a stranger has written into them. */
@Tag("slow")
class StrangersRecordsTest {

    private static final Topics TOPICS = new Topics("gate");
    private static final RunSettings RUN = new RunSettings(
                    "gate",
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
                    new FleetSettings(1, 100, 100, Duration.ofSeconds(5)))
            .with(new RunIdentity("c0".repeat(32), "", new TreeMap<>()));

    @TempDir
    static Path directory;

    private static EmbeddedBroker broker;
    private final StringWriter out = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        broker = EmbeddedBroker.start(directory.resolve("kafka"));
        Clients strangers = new Clients(broker.bootstrap());
        try (Admin admin = strangers.admin("test");
                Producer<byte[], byte[]> ours = strangers.of(RUN, TOPICS).writer("test");
                Producer<byte[], byte[]> stranger = strangers.writer("stranger")) {
            TopicAdmin.ensure(admin, TOPICS, 1, 1);
            ours.send(Wire.JOURNAL.toRecord(
                            TOPICS.journal(),
                            0,
                            "run",
                            new JournalRecord.RunCreated(RUN),
                            "planner",
                            "0"))
                    .get();
            ours.send(step(1, 2.5, "ours\u001b[2J")).get();
            stranger.send(step(2, 7.75, "forged")).get();
            ours.send(rejected("mine\n12:00 forged")).get();
            stranger.send(rejected("mallory")).get();
            stranger.send(evaluation()).get();
            // sealed, and no step all the same
            ours.send(new ProducerRecord<>(TOPICS.steps(), 0, null, "{}".getBytes(UTF_8)))
                    .get();
            ProducerRecord<byte[], byte[]> large = step(3, 7.75, "large");
            large.headers().add("x", new byte[RecordBounds.HEADER_BYTES]);
            ours.send(large).get();
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static ProducerRecord<byte[], byte[]> step(long number, double loss, String note) {
        StepRecord step = new StepRecord(
                number,
                number,
                loss,
                new StepRecord.StepCounts(4, 2, 2, 1, 1),
                new StepRecord.StepRates(1, 1e-3, 10, 400),
                List.of(note));
        return Wire.STEPS.toRecord(TOPICS.steps(), 0, "" + number, step, "planner", "" + number);
    }

    private static ProducerRecord<byte[], byte[]> rejected(String id) {
        return Wire.REJECTED.toRecord(
                TOPICS.rejected(),
                0,
                "id",
                new RejectedSample(
                        id,
                        new SampleOrigin(0, 3),
                        "",
                        RejectionReason.BAD_FIELD,
                        "of no use",
                        new RejectedSample.Content("ab", "")),
                "ingest",
                id);
    }

    private static ProducerRecord<byte[], byte[]> evaluation() {
        return Wire.EVALUATIONS.toRecord(
                TOPICS.evaluations(),
                0,
                "1",
                new EvaluationRecord(
                        1,
                        1,
                        0.125,
                        1,
                        true,
                        new EvaluationRecord.EvaluationCounts(1, 1, 1, 1, 1),
                        1,
                        List.of()),
                "planner",
                "1");
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--prefix", "gate", "--bootstrap", broker.bootstrap()));
        return Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(new StringWriter(), true))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void watchPassesOverWhatIsNotOfTheRun() {
        Map<String, Long> before = ForeignRecords.counts();
        assertThat(run("watch", "--once")).isZero();
        assertThat(out.toString().lines().sorted().toList())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("rejected mine 12:00 forged: BAD_"),
                        line -> assertThat(line)
                                .startsWith("step    1  loss 2.5000")
                                .endsWith("ours?[2J"));
        Map<String, Long> after = ForeignRecords.counts();
        assertThat(more(before, after, TOPICS.steps())).isEqualTo(3);
        assertThat(more(before, after, TOPICS.rejected())).isEqualTo(1);
        assertThat(more(before, after, TOPICS.evaluations())).isEqualTo(1);
    }

    private static long more(Map<String, Long> before, Map<String, Long> after, String topic) {
        return after.getOrDefault(topic, 0L) - before.getOrDefault(topic, 0L);
    }

    /** It shows what lies there, and says what is whose. */
    @Test
    void tailMarksWhatIsNotOfTheRun() {
        assertThat(run("tail", "steps", "--once")).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).contains("\"loss\":2.5").doesNotContain("foreign");
        assertThat(lines.get(1))
                .contains("\"foreign\":\"it has no seal of this run\"")
                .contains("\"loss\":7.75");
        assertThat(lines.get(2)).contains("\"value\":{}").doesNotContain("foreign");
        assertThat(lines.get(3)).contains("\"foreign\":\"its headers together have ");
        assertThat(out.toString()).doesNotContain("\u001b");
    }

    @Test
    void sourcesOfAStrangerAreNotListed() throws Exception {
        Clients strangers = new Clients(broker.bootstrap());
        CompletableFuture<Integer> listed =
                CompletableFuture.supplyAsync(() -> run("source", "list", "--wait", "60"));
        try (Producer<byte[], byte[]> ours = strangers.of(RUN, TOPICS).writer("test");
                Producer<byte[], byte[]> stranger = strangers.writer("stranger")) {
            while (!listed.isDone()) {
                stranger.send(sources("forged"));
                stranger.flush();
                ours.send(sources("news"));
                Thread.sleep(100);
            }
        }
        assertThat(listed.get()).isZero();
        assertThat(out.toString()).startsWith("news ").doesNotContain("forged");
    }

    private static ProducerRecord<byte[], byte[]> sources(String name) {
        Telemetry told = new Telemetry.SourcesMeasured(
                "gate",
                new TreeMap<>(Map.of(name, new SourceMeasures(SourceStatus.ACTIVE, 1, 2, 3, 4))));
        return Wire.TELEMETRY.toRecord(TOPICS.telemetry(), 0, "coordinator", told, "planner", "t");
    }
}
