package dev.plimsoll.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The report of a run whose broker answers, and of one that lies in a directory. */
@Tag("slow")
class ReportCommandTest {

    private static final Topics TOPICS = new Topics("reported");

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path run;

    @BeforeEach
    void logs() throws Exception {
        run = Files.createDirectory(directory.resolve("run"));
        Files.createDirectory(run.resolve("logs"));
    }

    private EmbeddedBroker broker() {
        return EmbeddedBroker.start(run.resolve("kafka"));
    }

    private static void create(Clients clients) throws Exception {
        try (Admin admin = clients.admin("test")) {
            TopicAdmin.ensure(admin, TOPICS, 1, 1);
        }
        try (Producer<byte[], byte[]> writer = clients.writer("test")) {
            for (JournalRecord fact : List.of(
                    new JournalRecord.RunCreated(ReportPageTest.settings()),
                    new JournalRecord.StepCommitted(0, 1, 1, Optional.empty()))) {
                writer.send(Wire.JOURNAL.toRecord(
                        TOPICS.journal(), 0, "run", fact, "planner", fact.toString()));
            }
            StepRecord step = new StepRecord(
                    0,
                    1,
                    1.25,
                    new StepRecord.StepCounts(1000, 800, 2, 1, 1),
                    new StepRecord.StepRates(1.5, 1e-3, 100, 10_000),
                    List.of());
            writer.send(Wire.STEPS.toRecord(TOPICS.steps(), 0, "0", step, "planner", "s"));
        }
    }

    private int report(String... arguments) {
        List<String> all = new ArrayList<>(List.of("report"));
        all.addAll(List.of(arguments));
        return Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void aRunIsFoundByItsPrefixOrInItsDirectory() throws Exception {
        Path file = directory.resolve("r.html");
        try (EmbeddedBroker broker = broker()) {
            create(new Clients(broker.bootstrap()));
            String bootstrap = "--bootstrap=" + broker.bootstrap();
            assertThat(report("reported", bootstrap, "--out", file.toString()))
                    .as(err.toString())
                    .isZero();
            assertThat(file).content().contains("<td>1.2500, 1.2500</td>", "audit ");
            assertThat(out.toString()).contains("the report of run r1 is " + file);
            assertThat(report("--prefix=reported", bootstrap, "--no-audit", "-o", file.toString()))
                    .isZero();
            assertThat(file).content().contains("No verdict: it was not asked for.");

            // it is served: another broker could not open the directory
            Files.writeString(run.resolve("logs/broker.log"), "READY " + broker.bootstrap() + "\n");
            assertThat(report(run.toString())).as(err.toString()).isZero();
            assertThat(run.resolve("report.html")).content().contains("1.2500");
        }
        Files.delete(run.resolve("report.html"));
        // the log tells of the broker that is gone now
        assertThat(report(run.toString())).as(err.toString()).isZero();
        assertThat(run.resolve("report.html")).content().contains("1.2500");
    }

    @Test
    void wrongUsesAreToldInOneSentence() throws Exception {
        Path letter = Files.writeString(directory.resolve("letter"), "dear");
        try (EmbeddedBroker broker = broker()) {
            String bootstrap = "--bootstrap=" + broker.bootstrap();
            refused("there is no topic nobody.journal", "nobody", bootstrap);
            refused("'" + letter + "' is not an earlier report", "x", "-o", letter.toString());
            refused("is a directory", "x", "-o", directory.toString());
            refused("is not a directory", "x", "-o", letter.resolve("r.html").toString());
            refused("holds no run", run.toString());
            refused("holds no run: ", directory.toString());
        }
        assertThat(letter).hasContent("dear");
        assertThat(directory.resolve("report.html")).doesNotExist();
    }

    private void refused(String why, String... arguments) {
        err.getBuffer().setLength(0);
        assertThat(report(arguments)).as(why).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains(why).doesNotContain("\tat ");
    }
}
