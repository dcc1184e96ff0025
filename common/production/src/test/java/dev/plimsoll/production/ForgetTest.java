package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A sample's text is removed from a run that trains, and nothing else is. */
@Tag("slow")
class ForgetTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String SECRET = "my-very-own-words";

    @TempDir
    Path directory;

    private final Topics topics = new Topics("forgetful");
    private Clients clients;
    private Commands commands;

    @Test
    void theTextGoesAndTheAuditIsClean() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"));
                GuardedFleet fleet = new GuardedFleet(directory, topics.prefix())) {
            Map<String, String> client = Map.of("bootstrap.servers", broker.bootstrap());
            clients = new Clients(broker.bootstrap());
            commands = new Commands(directory, client);
            fleet.coordinator(
                    "ingest,plan,parameters",
                    client,
                    Map.of("samples-per-step", "4", "state-every", "1"));
            fleet.worker("anna", client);
            submit("""
                    {"id":"a","text":"first"}
                    {"id":"secret","text":"my-very-own-words"}
                    {"id":"b","text":"second"}
                    """);
            // rejected twice, since the id is taken
            submit("{\"id\":\"secret\",\"text\":\"other my-very-own-words\"}\n");
            submit("{\"id\":\"b\",\"text\":\"other words\"}\n"
                    + "{\"id\":\"b\",\"text\":\"and more\"}\n");
            submit("{\"id\":\"c\",\"text\":\"" + "long ".repeat(250_000) + "\"}\n");
            assertThat(count(topics.samples(), SECRET)).isEqualTo(2);
            assertThat(count(topics.rejected(), SECRET)).isEqualTo(1);

            assertThat(run("forget", "nobody", "--yes").code()).isEqualTo(4);
            Ended forgotten = run("forget", "secret", "--yes");
            assertThat(forgotten.code()).as(forgotten.out() + forgotten.err()).isZero();
            assertThat(forgotten.out())
                    .contains("2 records in forgetful.samples", "its text is removed")
                    .contains("token ids stay in forgetful.tokenized")
                    .contains("every version of the adapter");
            assertThat(count(topics.samples(), SECRET)).isZero();
            assertThat(count(topics.rejected(), SECRET)).isZero();
            assertThat(count(topics.rejected(), "other words")).isEqualTo(1);
            assertThat(count(topics.rejected(), "and more")).isEqualTo(1);

            assertThat(run("forget").code()).isEqualTo(2);
            assertThat(run("forget", "a", "--older-than", "1d").code()).isEqualTo(2);
            assertThat(run("forget", "--older-than", "soon").code()).isEqualTo(2);
            assertThat(run("forget", "--older-than", "1d", "--yes").out())
                    .contains("no sample of the run 'forgetful' has text that is older than 1d");
            submit("{\"id\":\"d\",\"text\":\"after\"}\n");
            Ended all = run("forget", "--older-than", "0s", "--yes");
            assertThat(all.code()).as(all.out() + all.err()).isZero();
            assertThat(all.out()).contains("4 samples", "their text is removed");
            for (String text : List.of("first", "second", "other words", "and more", "after")) {
                assertThat(count(topics.samples(), text)).as(text).isZero();
                assertThat(count(topics.rejected(), text)).as(text).isZero();
            }
            assertThat(run("finish").code()).isZero();
            await().atMost(PATIENCE)
                    .until(() -> fleet.get("/api/run").contains("\"finished\":true"));
            Ended audit = run("audit");
            assertThat(audit.code()).as(audit.out() + audit.err()).isZero();
            System.out.println(forgotten.out() + audit.out());
        }
        // the broker deletes old files a minute later, or when it ends
        assertThat(filesWith(SECRET)).isEmpty();
    }

    private void submit(String lines) throws IOException {
        Path file = Files.createTempFile(directory, "samples", ".jsonl");
        Files.writeString(file, lines);
        Ended submitted = run("submit", file.toString());
        assertThat(submitted.code()).as(submitted.err()).isZero();
    }

    private Ended run(String... arguments) {
        return commands.run(topics.prefix(), arguments);
    }

    private int count(String topic, String text) {
        int[] found = new int[1];
        TopicScan.read(clients, topic, record -> {
            if (record.value() != null
                    && new String(record.value(), StandardCharsets.UTF_8).contains(text)) {
                found[0]++;
            }
        });
        return found[0];
    }

    private List<Path> filesWith(String text) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory.resolve("broker"))) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".deleted"))
                    .toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                        .contains(text)) {
                    found.add(file);
                }
            }
        }
        return found;
    }
}
