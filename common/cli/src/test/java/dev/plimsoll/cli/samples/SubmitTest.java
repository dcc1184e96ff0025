package dev.plimsoll.cli.samples;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
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
import dev.plimsoll.wire.sample.SubmittedSample;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** The command submit against a real broker, with and without somebody who reads the samples. */
class SubmitTest {

    private static final RunSettings RUN = new RunSettings(
                    "sealed",
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
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @BeforeAll
    static void start() {
        broker = EmbeddedBroker.start(directory.resolve("kafka"));
        run("there");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void eachSampleIsSentAsItIsWithItsPlace() throws Exception {
        Path file = file("some.jsonl", "{\"id\":\"mine\",\"text\":\"a\"}\n\nnot json\n");
        assertThat(submit("s1", file, "--new")).isZero();
        assertThat(out.toString())
                .contains("2 samples submitted to s1.samples", "1 empty lines skipped")
                .contains("There is no run under the prefix 's1' yet: the samples are safe");
        List<ConsumerRecord<byte[], byte[]>> records = records("s1.samples");
        assertThat(records)
                .extracting(r -> text(r.value()))
                .containsExactly("{\"id\":\"mine\",\"text\":\"a\"}", "not json");
        assertThat(text(records.get(0).key())).isEqualTo("mine");
        assertThat(text(records.get(1).key())).matches("[0-9a-f]{32}");
        assertThat(header(records.get(1), "plimsoll_file")).isEqualTo("some.jsonl");
        assertThat(header(records.get(1), "plimsoll_line")).isEqualTo("3");
        assertThat(header(records.get(0), "ce_type")).isEqualTo("plimsoll.sample.v1");
    }

    @Test
    void aLongSampleTravelsInParts() throws Exception {
        String big = "{\"text\":\"" + "x".repeat(1_200_000) + "\"}";
        assertThat(submit("s2", file("big.jsonl", big + "\n"), "--new", "--no-wait"))
                .isZero();
        List<ConsumerRecord<byte[], byte[]>> records = records("s2.samples");
        assertThat(records).hasSize(3);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            assertThat(record.value().length).isLessThanOrEqualTo(SubmittedSample.CHUNK_BYTES);
            assertThat(header(record, "plimsoll_sha256"))
                    .isEqualTo(Checksums.sha256Hex(big.getBytes(UTF_8)));
            whole.writeBytes(record.value());
        }
        assertThat(whole.toString(UTF_8)).isEqualTo(big);
    }

    @Test
    void whatIsOverTheLimitIsSentAsItsBeginning() throws Exception {
        Path file = directory.resolve("huge.jsonl");
        byte[] part = "x".repeat(1 << 20).getBytes(UTF_8);
        try (var stream = Files.newOutputStream(file)) {
            for (int i = 0; i < 65; i++) {
                stream.write(part);
            }
        }
        assertThat(submit("s3", file, "--new", "--no-wait")).isZero();
        assertThat(out.toString()).contains("1 over 64 MiB, sent as their beginning");
        ConsumerRecord<byte[], byte[]> record = records("s3.samples").getFirst();
        assertThat(record.value()).hasSize(1024);
        assertThat(header(record, "plimsoll_oversize")).isEqualTo(Long.toString(65L << 20));
        assertThat(header(record, "plimsoll_sha256")).hasSize(64);
    }

    @Test
    void theVerdictsAreToldAndASecondSubmitAddsNothing() throws Exception {
        Topics topics = run("v1");
        String big = "{\"text\":\"" + "x".repeat(1_200_000) + "\"}";
        Path file = file("mixed.jsonl", """
                {"text":"a"}
                {"text":"bad"}
                {"text":"bad too"}
                %s
                """.formatted(big));
        try (FakeIngest ingest = new FakeIngest(clients().of(RUN, topics), topics)) {
            assertThat(submit("v1", file)).isZero();
            assertThat(out.toString())
                    .contains("2 accepted, 0 already there, 2 rejected")
                    .contains("2 rejected as BAD_FIELD, the first: mixed.jsonl:2: it is bad;");
            assertThat(submit("v1", file, "--strict")).isEqualTo(ExitCode.AUDIT.number());
            assertThat(out.toString())
                    .contains("0 accepted, 4 already there, 0 rejected")
                    .contains("  already there, 2 rejected as BAD_FIELD, the first: mixed.jsonl:2");
            Path good = file("good.jsonl", "{\"text\":\"good\"}\n");
            assertThat(submit("v1", good, "--strict")).isZero();
        }
        List<String> keys =
                records(topics.samples()).stream().map(r -> text(r.key())).toList();
        assertThat(keys.subList(0, 6)).isEqualTo(keys.subList(6, 12));
    }

    /** What a stranger wrote of a sample is no verdict on it. */
    @Test
    void aForgedRejectionIsNotTold() throws Exception {
        Topics topics = run("forged");
        String line = "{\"id\":\"mine\",\"text\":\"a\"}";
        try (Producer<byte[], byte[]> stranger = clients().writer("stranger")) {
            stranger.send(Wire.REJECTED.toRecord(
                            topics.rejected(),
                            0,
                            "id",
                            new RejectedSample(
                                    "mine",
                                    new SampleOrigin(0, 0),
                                    "",
                                    RejectionReason.BAD_FIELD,
                                    "forged",
                                    new RejectedSample.Content(
                                            Checksums.sha256Hex(line.getBytes(UTF_8)), "")),
                            "ingest",
                            "1"))
                    .get();
        }
        Path file = file("one.jsonl", line + "\n");
        assertThat(submit("forged", file, "--no-wait")).isZero();
        try (FakeIngest ingest = new FakeIngest(clients().of(RUN, topics), topics)) {
            assertThat(submit("forged", file, "--strict")).isZero();
        }
        assertThat(out.toString())
                .contains("0 accepted, 1 already there, 0 rejected")
                .doesNotContain("BAD_FIELD");
    }

    @Test
    void withoutACoordinatorItSaysSoAndDoesNotHang() throws Exception {
        run("w1");
        Path file = file("waits.jsonl", "{\"text\":\"a\"}\n");
        assertThat(submit("w1", file, "--wait-timeout", "1")).isZero();
        assertThat(out.toString())
                .contains("1 of 1 samples have no verdict: no coordinator is heard")
                .contains("All samples are safe in w1.samples")
                .contains("Start `plimsoll coordinator --prefix w1`");
        assertThat(submit("w1", file, "--wait-timeout", "1", "--strict"))
                .isEqualTo(ExitCode.AUDIT.number());
    }

    @Test
    void aMistypedPrefixIsNoticedBeforeAnythingIsSent() throws Exception {
        Path file = file("typed.jsonl", "{\"text\":\"a\"}\n");
        assertThat(submit("ther", file)).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString())
                .contains("there is no run under the prefix 'ther' yet")
                .contains("there are runs under ")
                .contains("there")
                .contains("--new");
        assertThat(clients().admin("test").listTopics().names().get())
                .doesNotContain("ther.samples");
    }

    @Test
    void fieldsOfWhichNothingIsTrainedAreToldOncePerFile() throws Exception {
        Path all = Files.createDirectory(directory.resolve("left"));
        Files.writeString(
                all.resolve("a.jsonl"),
                "{\"text\":\"a\",\"source\":\"x\"}\n{\"text\":\"b\",\"source\":\"y\","
                        + "\"sc\\u001bore\":1}\n{\"text\":1,\"other\":1}\n");
        Files.writeString(all.resolve("b.jsonl"), "{\"id\":\"1\",\"text\":\"c\",\"note\":\"\"}\n");
        Files.writeString(all.resolve("c.jsonl"), "{\"text\":\"d\",\"url\":\"z\"}\n");
        String[] lines = {
            "the fields source, sc?ore are left alone: nothing of them is trained or read",
            "the field url is left alone: nothing of it is trained or read"
        };
        assertThat(submit("l1", all, "--new", "--no-wait")).isZero();
        assertThat(out.toString()).contains(lines).doesNotContain("other", "note");
        assertThat(out.toString().split("left alone")).hasSize(lines.length + 1);
        String model = "../model/tiny-llama";
        assertThat(submit("l1", all, "--dry-run", "all", "--model", model)).isZero();
        assertThat(out.toString()).contains("a.jsonl: " + lines[0], "c.jsonl: " + lines[1]);
        assertThat(out.toString().split("left alone")).hasSize(lines.length + 1);
        assertThat(submit("l1", all, "--dry-run", "all", "--model", model, "--json"))
                .isZero();
        assertThat(out.toString()).doesNotContain("left alone");
        assertThat(err.toString()).contains(lines);
    }

    @Test
    void moreFieldsThanALineHoldsAreCut() {
        StringBuilder record = new StringBuilder("{\"text\":\"a\"");
        for (int i = 0; i < 30; i++) {
            record.append(",\"f").append(i).append("\":1");
        }
        LeftAlone left = new LeftAlone();
        left.add(SampleParser.read(record.append('}').toString().getBytes(UTF_8)));
        assertThat(left.line().orElseThrow())
                .contains("f0, f1", "f19, … are")
                .doesNotContain("f20");
        left.clear();
        assertThat(left.line()).isEmpty();
    }

    @Test
    void filesOfAllFormatsAndDirectoriesAreTaken() throws Exception {
        Path all = Files.createDirectory(directory.resolve("all"));
        Files.writeString(all.resolve("a.json"), "[{\"text\":\"a\"}, {\"text\":\"b\"}]");
        Files.writeString(all.resolve("b.csv"), "question,answer\n1+1,2\n2+2,4\n");
        Files.write(all.resolve("c.jsonl"), "{\"text\":\"c\"}\r{\"text\":\"d\"}\r".getBytes(UTF_8));
        assertThat(submit("f1", all, "--new", "--no-wait")).isZero();
        assertThat(records("f1.samples")).extracting(r -> text(r.value())).hasSize(6);
        assertThat(out.toString()).contains("a.json (JSON").contains(": 2 samples submitted");
        Path odd = file("odd.jsonl", "{\"q\":\"1+1\",\"a\":\"2\"}\n");
        String[] mapped = {"--map", "question=q", "--map", "answer=a", "--new", "--no-wait"};
        assertThat(submit("f2", odd, mapped)).isZero();
        assertThat(text(records("f2.samples").getFirst().value()))
                .isEqualTo("{\"question\":\"1+1\",\"answer\":\"2\"}");
        assertThat(submit("f3", directory.resolve("none*.jsonl"), "--new"))
                .isEqualTo(ExitCode.INPUT.number());
    }

    /** With a seal. */
    private static Topics run(String prefix) {
        Topics topics = new Topics(prefix);
        try (Admin admin = clients().admin("test");
                Producer<byte[], byte[]> producer = clients().of(RUN, topics).writer("test")) {
            TopicAdmin.ensure(admin, topics, 1, 1);
            producer.send(Wire.JOURNAL.toRecord(
                    topics.journal(), 0, "run", new JournalRecord.RunCreated(RUN), "planner", "0"));
        }
        return topics;
    }

    private static Path file(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int submit(String prefix, Path file, String... options) {
        out = new StringWriter();
        err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("submit", file.toString(), "--prefix", prefix));
        all.addAll(List.of(options));
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
