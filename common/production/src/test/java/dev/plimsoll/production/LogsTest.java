package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Json;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What processes log: the names of their JSON lines, nothing of samples, and how often. */
@Tag("slow")
class LogsTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** Each of Kafka's clients tries several times in it to reach a broker that is away. */
    private static final Duration AWAY = Duration.ofSeconds(20);

    private static final String SECRET = "my-very-own-words";
    private static final Set<String> NAMES = Set.of(
            "time",
            "level",
            "logger",
            "message",
            "thread",
            "process",
            "role",
            "prefix",
            "worker",
            "exception",
            "stackTrace");

    @TempDir
    Path directory;

    private final Topics topics = new Topics("logged");

    @Test
    void linesHaveTheirNamesAndTellNothingOfSamples() throws Exception {
        EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"));
        try (GuardedFleet fleet = new GuardedFleet(directory, topics.prefix())) {
            Map<String, String> client = Map.of("bootstrap.servers", broker.bootstrap());
            Map<String, String> logging = Map.of("log-format", "json", "log-level", "debug");
            fleet.coordinator(
                    "ingest,plan,parameters",
                    client,
                    Map.of("samples-per-step", "4", "log-format", "json", "log-level", "debug"));
            fleet.worker("anna", client, logging);
            Commands commands = new Commands(directory, client);
            submit(commands);
            await().atMost(PATIENCE)
                    .until(() -> fleet.scrape().contains("plimsoll_steps_total 1.0"));

            broker.close();
            Thread.sleep(AWAY);
            broker = EmbeddedBroker.start(directory.resolve("broker"), port(broker));
            submit(commands);
            await().atMost(PATIENCE)
                    .until(() -> fleet.scrape().contains("plimsoll_steps_total 2.0"));
            fleet.requireAllRun();
        } finally {
            broker.close();
        }
        Path logs = directory.resolve("logs-" + topics.prefix());
        for (String process : List.of("coordinator-0", "anna")) {
            Path log = logs.resolve(process + ".log");
            assertThat(log).content().doesNotContain(SECRET).contains("\"level\":\"");
            List<JsonNode> lines = lines(log);
            Set<String> names = new TreeSet<>();
            lines.forEach(line -> line.fieldNames().forEachRemaining(names::add));
            assertThat(NAMES).containsAll(names);
            assertThat(names).contains("time", "level", "logger", "message", "role", "prefix");
            assertThat(lines).allMatch(line -> line.path("prefix").asText().equals("logged"));
            assertThat(lines)
                    .allMatch(line ->
                            line.path("worker").asText().equals("anna") == process.equals("anna"));
            onceAMinute(lines);
        }
    }

    private static int port(EmbeddedBroker broker) {
        String address = broker.bootstrap();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** Good ones, and ones that are wrong in several ways. */
    private void submit(Commands commands) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            lines.append("{\"text\":\"").append(SECRET).append(' ').append(i).append("\"}\n");
        }
        lines.append("{\"text\":[\"" + SECRET + "\"]}\n");
        lines.append("{\"weather\":\"" + SECRET + "\"}\n");
        lines.append("{\"text\":\"" + SECRET + "\"\n");
        lines.append("{\"messages\":[{\"role\":\"" + SECRET + "\",\"content\":3}]}\n");
        lines.append("{\"id\":\"a\",\"text\":\"one " + SECRET + "\"}\n");
        lines.append("{\"id\":\"a\",\"text\":\"two " + SECRET + "\"}\n");
        Path file = Files.createTempFile(directory, "samples", ".jsonl");
        Files.writeString(file, lines);
        Ended submitted = commands.run(topics.prefix(), "submit", file.toString());
        assertThat(submitted.code()).as(submitted.err()).isZero();
    }

    private static List<JsonNode> lines(Path log) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        try (Stream<String> all = Files.lines(log)) {
            for (String line : all.filter(line -> line.startsWith("{")).toList()) {
                try {
                    lines.add(Json.mapper().readTree(line));
                } catch (JsonProcessingException e) {
                    throw new AssertionError(line, e);
                }
            }
        }
        return lines;
    }

    /** Of warnings by Kafka's clients, which are those of a broker that is away. */
    private static void onceAMinute(List<JsonNode> lines) {
        List<Instant> warned = lines.stream()
                .filter(line -> line.path("logger").asText().startsWith("org.apache.kafka"))
                .filter(line -> line.path("level").asText().equals("WARN"))
                .map(line -> OffsetDateTime.parse(line.path("time").asText()).toInstant())
                .toList();
        assertThat(warned).isNotEmpty();
        for (int i = 1; i < warned.size(); i++) {
            assertThat(Duration.between(warned.get(i - 1), warned.get(i)))
                    .as("between two of %s", lines)
                    .isGreaterThanOrEqualTo(Duration.ofMinutes(1));
        }
    }
}
