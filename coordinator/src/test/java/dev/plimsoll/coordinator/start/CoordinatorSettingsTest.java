package dev.plimsoll.coordinator.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.text.ChatLimits;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.EvaluationSettings;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.FoldSettings;
import dev.plimsoll.wire.run.GradientDtype;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LongSamples;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.run.UntoldFields;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.Setting;
import dev.plimsoll.wire.settings.SettingProblem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

class CoordinatorSettingsTest {

    /** A value for each setting that is not its default. */
    private static final Map<String, String> OTHER = Map.ofEntries(
            Map.entry("model", TestSamples.MODEL.toString()),
            Map.entry("model-name", "org/name"),
            Map.entry("run-id", "r"),
            Map.entry("start-from", "an/adapter"),
            Map.entry("samples-per-step", "3"),
            Map.entry("tokens-per-step", "9000"),
            Map.entry("linger", "30s"),
            Map.entry("steps", "77"),
            Map.entry("seed", "7"),
            Map.entry("epochs", "2"),
            Map.entry("pause-on-non-finite", "true"),
            Map.entry("lora-rank", "4"),
            Map.entry("lora-alpha", "32.0"),
            Map.entry("rslora", "true"),
            Map.entry("targets", "q_proj,v_proj"),
            Map.entry("learning-rate", "0.001"),
            Map.entry("schedule", "cosine"),
            Map.entry("warmup-steps", "10"),
            Map.entry("beta1", "0.8"),
            Map.entry("beta2", "0.99"),
            Map.entry("epsilon", "1.0E-7"),
            Map.entry("weight-decay", "0.1"),
            Map.entry("max-gradient-norm", "0.5"),
            Map.entry("gradient-dtype", "fp32"),
            Map.entry("state-every", "5"),
            Map.entry("evaluate-every", "7"),
            Map.entry("evaluate-samples", "500"),
            Map.entry("keep-best", "false"),
            Map.entry("shards", "3"),
            Map.entry("max-microbatch-tokens", "512"),
            Map.entry("max-sequence-tokens", "256"),
            Map.entry("long-samples", "truncate"),
            Map.entry("untold-fields", "reject"),
            Map.entry("lease", "2s"));

    /** How a setting can be given to a coordinator. */
    enum Way {
        ARGUMENT,
        PROPERTY,
        VARIABLE,
        FILE
    }

    @TempDir
    Path directory;

    static CoordinatorSettings settings(Map<String, String> given) {
        Map<String, String> all = new HashMap<>(given);
        all.putIfAbsent("bootstrap", "nowhere:1");
        return CoordinatorSettings.read(
                new Properties(),
                Map.of(),
                all.entrySet().stream()
                        .map(e -> "--" + e.getKey() + "=" + e.getValue())
                        .toArray(String[]::new));
    }

    private static RunSettings run(CoordinatorSettings settings) {
        return new RunSettingsFactory(settings.values())
                .create(
                        TestSamples.MODEL,
                        LlamaConfig.read(TestSamples.MODEL),
                        "hash",
                        Optional.empty());
    }

    private static RunSettings run(Map<String, String> given) {
        return run(settings(given));
    }

    @Test
    void defaults() {
        CoordinatorSettings settings = settings(Map.of());
        assertThat(settings.topics().prefix()).isEqualTo("plimsoll");
        assertThat(settings.roles())
                .containsExactlyInAnyOrder(Role.INGEST, Role.PLAN, Role.PARAMETERS);
        assertThat(settings.get(CoordinatorCatalogue.TAKE_OVER)).isFalse();
        assertThat(settings.get(CoordinatorCatalogue.SAMPLE_PARTITIONS)).isEqualTo(1);
        assertThat(settings.values().given(CoordinatorCatalogue.SERVE_SHARDS)).isEmpty();
        assertThat(settings.values().given(CoordinatorCatalogue.HTTP_NAMES)).isEmpty();
        assertThat(run(Map.of()))
                .isEqualTo(new RunSettings(
                        "plimsoll",
                        new RunSettings.ModelIdentity("tiny-llama", "hash", 93_440),
                        new LoraSettings(8, 16, false, Set.of(Projection.values())),
                        new StepSettings(16, 0, Duration.ZERO, 0, 42),
                        new OptimizerSettings(
                                new LearningRate(2e-4, LearningRate.Schedule.CONSTANT, 0, 0),
                                0.9,
                                0.999,
                                1e-8,
                                0,
                                1),
                        new FleetSettings(
                                2,
                                32768,
                                8192,
                                Duration.ofSeconds(8),
                                LongSamples.REJECT,
                                UntoldFields.DROP),
                        new FoldSettings(GradientDtype.AUTO, 32),
                        RunStart.SEEDED,
                        new EvaluationSettings(100, 0, true)));
    }

    @ParameterizedTest
    @EnumSource
    void everySettingOfARunReachesItsRecordByEveryWay(Way way) throws IOException {
        assertThat(OTHER.keySet())
                .isEqualTo(Catalogue.FIXED_AT_CREATION.stream()
                        .map(Setting::name)
                        .collect(Collectors.toSet()));
        for (Setting<?> setting : Catalogue.FIXED_AT_CREATION) {
            if (setting.equals(RunCatalogue.MODEL) || setting.equals(RunCatalogue.START_FROM)) {
                continue; // their hashes are in the record: PreflightTest
            }
            String value = OTHER.get(setting.name());
            Map<String, String> values = new HashMap<>();
            values.put("steps", "100"); // a cosine needs an end
            values.put(setting.name(), value);
            RunSettings run = run(given(way, values));
            assertThat(inRecord(setting, run)).as(setting.name()).isEqualTo(value);
            assertThat(inRecord(setting, run(Map.of())))
                    .as("the default of " + setting.name())
                    .isNotEqualTo(value);
        }
    }

    private CoordinatorSettings given(Way way, Map<String, String> values) throws IOException {
        Properties properties = new Properties();
        Map<String, String> environment = new HashMap<>();
        List<String> arguments = new ArrayList<>(List.of("--bootstrap=nowhere:1"));
        StringBuilder yaml = new StringBuilder();
        values.forEach((name, value) -> {
            switch (way) {
                case ARGUMENT -> arguments.add("--" + name + "=" + value);
                case PROPERTY -> properties.put("plimsoll." + name, value);
                case VARIABLE ->
                    environment.put(Catalogue.named(name).orElseThrow().variable(), value);
                case FILE -> yaml.append(name).append(": ").append(value).append('\n');
            }
        });
        if (way == Way.FILE) {
            arguments.add("--config=" + Files.writeString(directory.resolve("run.yaml"), yaml));
        }
        return CoordinatorSettings.read(properties, environment, arguments.toArray(String[]::new));
    }

    private static String inRecord(Setting<?> setting, RunSettings run) {
        JsonNode value = Json.mapper().valueToTree(run).at("/" + setting.wirePath());
        List<String> parts = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(part -> parts.add(part.asText()));
        } else {
            parts.add(value.asText());
        }
        return setting.canonical(String.join(",", parts));
    }

    @Test
    void theRecordHoldsWhatTheCatalogueSaysAndWhatFollowsFromIt() {
        Set<String> leaves = new TreeSet<>();
        leaves("", Json.mapper().valueToTree(run(Map.of())), leaves);
        Set<String> expected = Catalogue.FIXED_AT_CREATION.stream()
                .map(Setting::wirePath)
                .collect(Collectors.toCollection(TreeSet::new));
        // the identity is found when the run is created
        expected.addAll(Set.of(
                "identity/samplesTopic",
                "identity/seal",
                "model/parameters",
                "optimizer/learningRate/totalSteps",
                "start/stepsDone",
                "start/updates"));
        assertThat(leaves).isEqualTo(expected);
    }

    private static void leaves(String path, JsonNode node, Set<String> into) {
        if (node.isObject()) {
            node.properties()
                    .forEach(e -> leaves(
                            path.isEmpty() ? e.getKey() : path + "/" + e.getKey(),
                            e.getValue(),
                            into));
        } else {
            into.add(path);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "targets, 'q_proj,foo', targets is 'q_proj|foo'; give some of q_proj",
        "lora-rank, 0, lora-rank is '0'; give a whole number from 1 to 1024",
        "samples-per-step, 0, samples-per-step is '0'",
        "schedule, stairs, schedule is 'stairs'; give one of constant| cosine",
        "shards, 65, shards is '65'",
        "lease, 100ms, lease is '100ms'; give a time of at least 500ms",
        "beta1, 2, beta1 is '2'; give a number of at least 0 and below 1",
        "epsilon, 0, epsilon is '0'; give a number from 1e-20 to 1",
        "roles, 'plan,cook', roles is 'plan|cook'",
        "max-sample-bytes, 67108865, a whole number from 1024 to 67108864",
        "max-turns, 1, max-turns is '1'; give a whole number of at least 2",
        "template-work, 99999, a whole number from 100000 to 1000000000000",
        "page-workers, 0, page-workers is '0'; give a whole number from 1 to 1000000",
        "http-unread-samples, -1, a whole number of at least 0",
        "take-over, maybe, take-over is 'maybe'; give true or false",
        "sample-per-step, 3, there is no setting 'sample-per-step'; did you mean samples-per-step?",
        "threads, 3, this process does not read the setting threads",
    })
    void aBadValueIsNamedWithWhatToDo(String setting, String value, String message) {
        assertThatThrownBy(() -> settings(Map.of(setting, value)))
                .isInstanceOfSatisfying(
                        StartProblem.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT))
                .hasMessageContaining(message.replace('|', ','));
    }

    @ParameterizedTest
    @CsvSource({
        "schedule, cosine, a cosine needs a number of steps",
        "max-sequence-tokens, 8193, lower it to at most 8192",
        "tokens-per-step, 5, give exactly one of them",
    })
    void valuesThatDoNotGoTogether(String setting, String value, String message) {
        assertThatThrownBy(() -> run(Map.of(setting, value, "samples-per-step", "4")))
                .isInstanceOf(SettingProblem.class)
                .hasMessageContaining(message);
    }

    @Test
    void kafkaSettingsArePassedOn() {
        Properties properties = new Properties();
        properties.put("kafka.security.protocol", "SASL_SSL");
        CoordinatorSettings settings =
                CoordinatorSettings.read(properties, Map.of(), "--bootstrap=a:1,b:2");
        assertThat(settings.clients().bootstrap()).isEqualTo("a:1,b:2");
        assertThat(settings.clients().extra()).isEqualTo(Map.of("security.protocol", "SASL_SSL"));
    }

    @Test
    void withoutABroker() {
        assertThatThrownBy(() -> CoordinatorSettings.read(new Properties(), Map.of()))
                .isInstanceOfSatisfying(
                        StartProblem.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
                .hasMessageContaining("no broker is given; use --bootstrap HOST:PORT");
    }

    static List<Setting<?>> fixed() {
        return Catalogue.FIXED_AT_CREATION;
    }

    @Test
    void anotherStartIsNamedByItsHash() {
        RunSettings seeded = run(Map.of());
        RunSettings trained = new RunSettings(
                seeded.runId(),
                seeded.model(),
                seeded.lora(),
                seeded.steps(),
                seeded.optimizer(),
                seeded.fleet(),
                seeded.fold(),
                new RunStart("ab12", 0, 0));
        assertThat(RunDifference.between(seeded, trained).orElseThrow())
                .contains("was created with start-from ab12, and now it is left out;");
    }

    @ParameterizedTest
    @MethodSource("fixed")
    void whatDiffersFromTheRunIsNamedAsTheUserKnowsIt(Setting<?> setting) {
        Map<String, String> base = new HashMap<>(Map.of("steps", "100"));
        RunSettings existing = run(base);
        assertThat(RunDifference.between(existing, existing)).isEmpty();
        if (setting.equals(RunCatalogue.START_FROM)) {
            return; // below
        }
        if (setting.equals(RunCatalogue.MODEL)) {
            base.clear();
        }
        base.put(setting.name(), OTHER.get(setting.name()));
        RunSettings asked = setting.equals(RunCatalogue.MODEL)
                ? new RunSettingsFactory(settings(Map.of("steps", "100")).values())
                        .create(
                                TestSamples.MODEL,
                                LlamaConfig.read(TestSamples.MODEL),
                                "other",
                                Optional.empty())
                : run(base);
        // a step is counted in samples or in tokens: both differ, and samples come first
        String named = setting.equals(RunCatalogue.TOKENS_PER_STEP)
                ? "samples-per-step 16, and now it is 0"
                : setting.name() + " " + inRecord(setting, existing) + ", and now it is "
                        + inRecord(setting, asked);
        assertThat(RunDifference.between(asked, existing))
                .hasValue("run plimsoll was created with " + named
                        + "; give the old value back, or start another run with another prefix");
    }

    @ParameterizedTest
    @CsvSource({
        "max-sample-bytes, 1024",
        "max-sample-bytes, 67108864",
        "max-turns, 2",
        "template-work, 100000",
        "page-workers, 1000000",
        "http-unread-samples, 0",
    })
    void theEndsOfTheRangesCanBeGiven(String name, String value) {
        Setting<?> setting = Catalogue.named(name).orElseThrow();
        assertThat(settings(Map.of(name, value)).get(setting)).asString().isEqualTo(value);
    }

    @Test
    void limitsOfChatsHaveOneDefault() {
        assertThat(new ChatLimits(
                        CoordinatorCatalogue.MAX_TURNS.defaultValue().orElseThrow(),
                        CoordinatorCatalogue.TEMPLATE_WORK.defaultValue().orElseThrow()))
                .isEqualTo(ChatLimits.DEFAULT);
    }
}
