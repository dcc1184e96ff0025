package dev.plimsoll.coordinator.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.kafka.ProcessEnd;
import dev.plimsoll.coordinator.parameters.FirstVersion;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.model.peft.StartingPoint;
import dev.plimsoll.model.peft.TrainingProgress;
import dev.plimsoll.model.peft.TrainingState;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.settings.SettingProblem;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

@Tag("slow")
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

    private void refused(Map<String, String> given, ExitCode exitCode, String... words) {
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
        assertThat(launch.run().fleet().shards()).isEqualTo(2);
        assertThat(launch.run().model().parameters())
                .isEqualTo(launch.firstVersion().master().length);
        try (Admin admin = clients.admin("test")) {
            assertThat(admin.listTopics().names().get())
                    .contains(topics.journal(), topics.parked(), topics.samples());
        }
    }

    /** The settings of the adapter are the run's, and its hash is in the run's record. */
    @Test
    void aRunThatStartsFromAnAdapter() {
        LlamaConfig config = LlamaConfig.read(TestSamples.MODEL);
        LoraSettings lora = new LoraSettings(4, 32, true, Set.of(Projection.V_PROJ));
        AdapterLayout layout = new AdapterLayout(config, lora);
        Path adapter = directory.resolve("adapter");
        PeftAdapter.write(adapter, layout, lora, "tiny-llama", layout.initial(5));
        String from = adapter.toString();

        Launch launch = check(Map.of("start-from", from, "lora-rank", "4", "targets", "v_proj"));
        assertThat(launch.run().lora()).isEqualTo(lora);
        assertThat(launch.run().start())
                .isEqualTo(StartingPoint.open(adapter, config).identity());
        assertThat(launch.firstVersion().master()).isEqualTo(layout.initial(5));
        assertThat(launch.firstVersion().moments()).isEmpty();

        for (var other :
                Map.of("lora-rank", "8", "lora-alpha", "16", "rslora", "false").entrySet()) {
            refused(
                    Map.of("start-from", from, other.getKey(), other.getValue()),
                    ExitCode.INPUT,
                    other.getKey() + " is " + other.getValue(),
                    "the adapter in " + from + " has",
                    "leave it out");
        }
        refused(
                Map.of("start-from", from, "targets", "q_proj,v_proj"),
                ExitCode.INPUT,
                "targets is [q_proj, v_proj]",
                "has [v_proj]");
        refused(
                Map.of("start-from", directory.resolve("no").toString()),
                ExitCode.INPUT,
                "adapter_config.json does not exist");
    }

    /** The journal says what the run started from; only version 0 needs the adapter itself. */
    @Test
    void aRunThatStartedFromAnAdapterGoesOnWithoutIt() {
        LlamaConfig config = LlamaConfig.read(TestSamples.MODEL);
        LoraSettings lora = new LoraSettings(4, 8, false, Set.of(Projection.V_PROJ));
        AdapterLayout layout = new AdapterLayout(config, lora);
        Path adapter = directory.resolve("adapter");
        PeftAdapter.write(adapter, layout, lora, "tiny-llama", layout.initial(5));
        Launch first = check(Map.of("start-from", adapter.toString()));
        Map<String, String> again = Map.of(
                "take-over", "true", "lora-rank", "4", "lora-alpha", "8", "targets", "v_proj");
        try (var planner = new Coordinator(clients, topics, first.run()).planner(new LastView())) {
            await().untilAsserted(() -> assertThat(check(again).run()).isEqualTo(first.run()));
        }

        assertThatThrownBy(check(again)::firstVersion)
                .hasMessageContaining("start-from is left out, and version 0 of run")
                .hasMessageContaining(first.run().start().hash());
        refused(
                Map.of("take-over", "true", "lora-rank", "8", "targets", "v_proj"),
                ExitCode.INPUT,
                "created with lora-rank 4, and now it is 8");
        PeftAdapter.write(
                directory.resolve("other"), layout, lora, "tiny-llama", layout.initial(6));
        refused(
                Map.of(
                        "take-over",
                        "true",
                        "start-from",
                        directory.resolve("other").toString()),
                ExitCode.INPUT,
                "created with start-from " + first.run().start().hash());
    }

    /** Moments, update number and place in the schedule go on; another model is refused. */
    @Test
    void aRunThatGoesOnWithATraining() {
        LlamaConfig config = LlamaConfig.read(TestSamples.MODEL);
        RunSettings before = check(Map.of("lora-rank", "4")).run();
        AdapterLayout layout = new AdapterLayout(config, before.lora());
        Path dir = directory.resolve("state");
        new TrainingState(
                        layout,
                        layout.initial(1),
                        layout.initial(2),
                        layout.initial(3),
                        new TrainingProgress(7, 6, 8, 0, 0, before),
                        List.of())
                .write(dir);
        FirstVersion first = check(Map.of("start-from", dir.toString())).firstVersion();
        assertThat(first.updates()).isEqualTo(6);
        assertThat(first.moments().orElseThrow().second()).isEqualTo(layout.initial(3));
        ShardLayout shards = new ShardLayout(layout.totalParameters(), 2);
        assertThat(first.shard(shards, 1).firstMoment())
                .isEqualTo(Arrays.copyOfRange(
                        layout.initial(2), (int) shards.start(1), (int) shards.start(2)));
        Path other = directory.resolve("other");
        new TrainingState(
                        layout,
                        layout.initial(1),
                        layout.initial(2),
                        layout.initial(3),
                        new TrainingProgress(
                                7,
                                6,
                                8,
                                0,
                                0,
                                new RunSettings(
                                        "r",
                                        new RunSettings.ModelIdentity("another", "ab", 1),
                                        before.lora(),
                                        before.steps(),
                                        before.optimizer(),
                                        before.fleet())),
                        List.of())
                .write(other);
        refused(
                Map.of("start-from", other.toString()),
                ExitCode.INPUT,
                "whose training was of model another",
                "its hash differs");
    }

    @Test
    void anUnreachableBroker() {
        refused(
                Map.of("bootstrap", "localhost:1"),
                ExitCode.BROKER,
                "localhost:1",
                "check the address");
    }

    @Test
    void aModelThatCannotBeUsed() throws IOException {
        refused(
                Map.of("model", directory.resolve("no").toString()),
                ExitCode.INPUT,
                "does not exist");
        refused(Map.of("model", directory.toString()), ExitCode.INPUT, "config.json");
        String config = Files.readString(TestSamples.MODEL.resolve("config.json"));
        copyModel();
        Files.writeString(
                directory.resolve("config.json"),
                config.replaceAll("\"vocab_size\": *\\d+", "\"vocab_size\": 100"));
        refused(Map.of("model", directory.toString()), ExitCode.INPUT, "vocab_size is 100");
        Files.writeString(
                directory.resolve("config.json"), config.replace("\"llama\"", "\"mamba\""));
        refused(Map.of("model", directory.toString()), ExitCode.INPUT, "mamba");
        Files.writeString(
                directory.resolve("config.json"),
                config.replaceAll("\"num_hidden_layers\": *\\d+", "\"num_hidden_layers\": 2"));
        refused(
                Map.of("model", directory.toString()),
                ExitCode.INPUT,
                "has tensor model.layers.2.",
                "num_hidden_layers 2");
    }

    private void copyModel() throws IOException {
        try (var files = Files.list(TestSamples.MODEL)) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName().toString()));
            }
        }
    }

    /** Row 25 of the hostile inputs: its text must not be trained as it stands. */
    @Test
    void aChatTemplateThatCannotBeRead() throws IOException {
        copyModel();
        Files.writeString(
                directory.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m['content'] }}");
        refused(
                Map.of("model", directory.toString()),
                ExitCode.INPUT,
                "chat template",
                "chat_template.jinja",
                "cannot be read",
                "mend it, or take it out");
        // one that writes the date is read
        Files.writeString(
                directory.resolve("chat_template.jinja"),
                "{{ strftime_now('%Y') }}{% for m in messages %}{{ m['content'] }}{% endfor %}");
        check(Map.of("model", directory.toString()));
    }

    /** Row 25: no angle comes of it, and the first step would be the first to tell. */
    @Test
    void aConfigurationWithAnImpossibleRotation() throws IOException {
        copyModel();
        String config = Files.readString(directory.resolve("config.json"));
        String broken = config.replaceFirst("\"rope_theta\": *[0-9.e]+", "\"rope_theta\": 0");
        assertThat(broken).isNotEqualTo(config);
        Files.writeString(directory.resolve("config.json"), broken);
        refused(
                Map.of("model", directory.toString()),
                ExitCode.INPUT,
                "rope_theta 0",
                "must be a number above 1");
    }

    /** Row 16: the same sample would become other tokens. */
    @Test
    void textsOfTheModelThatHaveChanged() throws IOException {
        copyModel();
        String model = directory.toString();
        create(check(Map.of("model", model)));
        Map<String, String> again = Map.of("model", model, "take-over", "true");
        check(again);
        Path tokenizer = directory.resolve("tokenizer.json");
        byte[] before = Files.readAllBytes(tokenizer);
        Files.writeString(tokenizer, Files.readString(tokenizer) + " ");
        refused(again, ExitCode.INPUT, "tokenizer.json", "has changed since the run was created");
        Files.write(tokenizer, before);
        Path template = directory.resolve("chat_template.jinja");
        Files.writeString(template, "{% for m in messages %}{{ m['content'] }}{% endfor %}");
        refused(again, ExitCode.INPUT, "chat_template.jinja", "is new since");
        Files.delete(template);
        Files.delete(directory.resolve("generation_config.json"));
        refused(again, ExitCode.INPUT, "generation_config.json", "is gone since");
    }

    /** Row 17: offsets mean other samples then. */
    @Test
    void aTopicOfSamplesThatWasMadeAnew() throws Exception {
        create(check(Map.of()));
        try (Admin admin = clients.admin("test")) {
            admin.deleteTopics(List.of(topics.samples())).all().get();
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> !admin.listTopics().names().get().contains(topics.samples()));
        }
        // a start makes topics that are missing
        refused(
                Map.of("take-over", "true"),
                ExitCode.INPUT,
                topics.samples(),
                "was deleted and made anew",
                "another run with another prefix");
    }

    @Test
    void aRunStaysCutAsItIs() {
        Launch launch = check(Map.of("shards", "3"));
        create(launch);
        assertThat(check(Map.of("take-over", "true")).run()).isEqualTo(launch.run());
        refused(
                Map.of("take-over", "true", "shards", "2"),
                ExitCode.INPUT,
                "created with shards 3, and now it is 2");
    }

    /** As a coordinator's planner does. */
    private void create(Launch launch) {
        try (var planner = new Coordinator(clients, topics, launch.run()).planner(new LastView());
                JournalReader journal = new JournalReader(clients, topics, "test-journal")) {
            assertThat(journal.awaitRun(Duration.ofMinutes(2))).contains(launch.run());
        }
    }

    @Test
    void aTopicWithWrongSettings() throws Exception {
        try (Admin admin = clients.admin("test")) {
            NewTopic journal = new NewTopic(topics.journal(), Optional.of(1), Optional.empty())
                    .configs(Map.of("retention.ms", "1000"));
            admin.createTopics(List.of(journal)).all().get();
        }
        refused(Map.of(), ExitCode.BROKER, topics.journal(), "retention.ms=1000", "--add-config");
    }

    /** Row 18 of the hostile inputs: the first large record would end a process otherwise. */
    @Test
    void aTopicThatTakesNoLargeRecords() throws Exception {
        try (Admin admin = clients.admin("test")) {
            NewTopic gradients = new NewTopic(topics.gradients(), Optional.of(2), Optional.empty())
                    .configs(Map.of("max.message.bytes", "200000"));
            admin.createTopics(List.of(gradients)).all().get();
        }
        refused(Map.of(), ExitCode.BROKER, topics.gradients(), "max.message.bytes=200000");
    }

    @Test
    void aLiveCoordinatorAndARunWithOtherSettings() {
        Launch launch = check(Map.of());
        try (var planner = new Coordinator(clients, topics, launch.run()).planner(new LastView())) {
            await().untilAsserted(() -> refused(
                    Map.of(),
                    ExitCode.FENCED,
                    "another coordinator",
                    topics.prefix(),
                    "--take-over"));
            refused(
                    Map.of("take-over", "true", "seed", "43"),
                    ExitCode.INPUT,
                    "created with seed 42, and now it is 43",
                    "prefix");
            assertThat(check(Map.of("take-over", "true")).run()).isEqualTo(launch.run());
        }
        // the last beat ages, and the next one may start
        assertThat(check(Map.of()).run()).isEqualTo(launch.run());
    }

    /**
     * A parameter server, or ingest, that is started before the run is created: it has nothing to
     * compare its settings with before that.
     */
    @Test
    void aRoleThatWaitedForARunWithOtherSettings() {
        Launch same = check(Map.of("roles", "parameters"));
        Launch other = check(Map.of("roles", "parameters", "lora-rank", "4"));
        Launch planner = check(Map.of());
        create(planner);
        assertThat(same.createdRun()).isEqualTo(planner.run());
        assertThatThrownBy(other::createdRun)
                .isInstanceOf(SettingProblem.class)
                .hasMessageContainingAll("created with lora-rank 8, and now it is 4", "prefix");
        ProcessEnd end = (code, what, _) -> {
            assertThat(code).isEqualTo(ExitCode.INPUT);
            assertThat(what).startsWith("run " + topics.prefix() + " was created with lora-rank");
        };
        end.because("shard-0", catchThrowable(other::runClients));
    }
}
