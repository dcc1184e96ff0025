package dev.plimsoll.coordinator.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.kafka.ExitCodes;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class PreflightTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());

    @TempDir
    Path directory;

    private Launch check(Map<String, String> given) {
        Map<String, String> all = new HashMap<>(Map.of(
                "bootstrap",
                clients.bootstrap(),
                "prefix",
                topics.prefix(),
                "model",
                TestSamples.MODEL.toString()));
        all.putAll(given);
        return new Preflight(CoordinatorSettingsTest.settings(all)).check();
    }

    private void refused(Map<String, String> given, int exitCode, String... words) {
        assertThatThrownBy(() -> check(given))
                .isInstanceOfSatisfying(
                        StartProblem.class, e -> assertThat(e.exitCode()).isEqualTo(exitCode))
                .message()
                .contains(words)
                .doesNotContain("\n");
    }

    @Test
    void aGoodStartCreatesTheTopicsAndKnowsTheRun() throws Exception {
        Launch launch = check(Map.of());
        assertThat(launch.run().model().parameters()).isEqualTo(launch.initialAdapter().length);
        try (Admin admin = clients.admin("test")) {
            assertThat(admin.listTopics().names().get())
                    .contains(topics.journal(), topics.parked(), topics.samples());
        }
    }

    @Test
    void anUnreachableBroker() {
        refused(
                Map.of("bootstrap", "localhost:1"),
                ExitCodes.BROKER,
                "localhost:1",
                "check the address");
    }

    @Test
    void aModelThatCannotBeUsed() throws IOException {
        refused(
                Map.of("model", directory.resolve("no").toString()),
                ExitCodes.SETTINGS,
                "does not exist");
        refused(Map.of("model", directory.toString()), ExitCodes.SETTINGS, "config.json");
        String config = Files.readString(TestSamples.MODEL.resolve("config.json"));
        copyModel();
        Files.writeString(
                directory.resolve("config.json"),
                config.replaceAll("\"vocab_size\": *\\d+", "\"vocab_size\": 100"));
        refused(Map.of("model", directory.toString()), ExitCodes.SETTINGS, "vocab_size is 100");
        Files.writeString(
                directory.resolve("config.json"), config.replace("\"llama\"", "\"mamba\""));
        refused(Map.of("model", directory.toString()), ExitCodes.SETTINGS, "mamba");
    }

    private void copyModel() throws IOException {
        try (var files = Files.list(TestSamples.MODEL)) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName().toString()));
            }
        }
    }

    @Test
    void aTopicWithWrongSettings() throws Exception {
        try (Admin admin = clients.admin("test")) {
            NewTopic journal = new NewTopic(topics.journal(), Optional.of(1), Optional.empty())
                    .configs(Map.of("retention.ms", "1000"));
            admin.createTopics(List.of(journal)).all().get();
        }
        refused(Map.of(), ExitCodes.BROKER, topics.journal(), "retention.ms=1000", "--add-config");
    }

    @Test
    void aLiveCoordinatorAndARunWithOtherSettings() {
        Launch launch = check(Map.of());
        try (var planner = new Coordinator(clients, topics, launch.run()).planner(new LastView())) {
            await().untilAsserted(() -> refused(
                    Map.of(),
                    ExitCodes.FENCED,
                    "another coordinator",
                    topics.prefix(),
                    "--take-over"));
            refused(
                    Map.of("take-over", "true", "seed", "43"),
                    ExitCodes.SETTINGS,
                    "created with seed 42, and now it is 43",
                    "prefix");
            assertThat(check(Map.of("take-over", "true")).run()).isEqualTo(launch.run());
        }
        // the last beat ages, and the next one may start
        assertThat(check(Map.of()).run()).isEqualTo(launch.run());
    }
}
