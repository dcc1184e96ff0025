package dev.plimsoll.coordinator.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.coordinator.kafka.ExitCodes;
import dev.plimsoll.coordinator.start.CoordinatorConfig.Role;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

class CoordinatorSettingsTest {

    static CoordinatorSettings settings(Map<String, String> given) {
        Map<String, String> all = new HashMap<>();
        given.forEach((name, value) ->
                all.put(name.startsWith("kafka.") ? name : "plimsoll." + name, value));
        all.putIfAbsent("plimsoll.bootstrap", "nowhere:1");
        return CoordinatorSettings.of(new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDiscoveredConverters()
                .withSources(new PropertiesConfigSource(all, "test", 100))
                .withMapping(CoordinatorConfig.class)
                .build());
    }

    private static RunSettings run(Map<String, String> given) {
        return new RunSettingsFactory(settings(given).config())
                .create(TestSamples.MODEL, LlamaConfig.read(TestSamples.MODEL), "hash");
    }

    @Test
    void defaults() {
        CoordinatorConfig config = settings(Map.of()).config();
        assertThat(config.prefix()).isEqualTo("plimsoll");
        assertThat(config.roles())
                .containsExactlyInAnyOrder(Role.INGEST, Role.PLAN, Role.PARAMETERS);
        assertThat(config.takeOver()).isFalse();
        assertThat(config.samplePartitions()).isEqualTo(1);
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
                        new FleetSettings(2, 32768, 8192, Duration.ofSeconds(8))));
    }

    @Test
    void everySettingReachesTheRun() {
        Map<String, String> given = new HashMap<>(Map.of(
                "run-id", "r",
                "model-name", "org/name",
                "tokens-per-step", "9000",
                "linger", "30s",
                "steps", "100",
                "seed", "7",
                "lora-rank", "4",
                "lora-alpha", "32",
                "rslora", "true",
                "targets", "q_proj,v_proj"));
        given.putAll(Map.of(
                "learning-rate", "1e-3",
                "schedule", "cosine",
                "warmup-steps", "10",
                "beta1", "0.8",
                "beta2", "0.99",
                "epsilon", "1e-7",
                "weight-decay", "0.1",
                "max-gradient-norm", "0"));
        given.putAll(Map.of(
                "shards",
                "3",
                "max-microbatch-tokens",
                "512",
                "max-sequence-tokens",
                "256",
                "lease",
                "PT2S"));
        RunSettings run = run(given);
        assertThat(run)
                .isEqualTo(new RunSettings(
                        "r",
                        new RunSettings.ModelIdentity(
                                "org/name", "hash", run.model().parameters()),
                        new LoraSettings(4, 32, true, Set.of(Projection.Q_PROJ, Projection.V_PROJ)),
                        new StepSettings(0, 9000, Duration.ofSeconds(30), 100, 7),
                        new OptimizerSettings(
                                new LearningRate(1e-3, LearningRate.Schedule.COSINE, 10, 100),
                                0.8,
                                0.99,
                                1e-7,
                                0.1,
                                0),
                        new FleetSettings(3, 512, 256, Duration.ofSeconds(2))));
    }

    @ParameterizedTest
    @CsvSource({
        "targets, 'q_proj,foo', LoRA target 'foo' does not exist",
        "lora-rank, 0, loraRank is 0",
        "samples-per-step, 0, samples-per-step is 0",
        "schedule, stairs, schedule 'stairs' does not exist; choose from [constant; cosine]",
        "schedule, cosine, a cosine needs a number of steps",
        "shards, 65, shards is 65",
        "lease, 100ms, lease is PT0.1S",
        "max-sequence-tokens, 8193, lower it to at most that",
        "beta1, 2, beta1 is 2.0",
    })
    void aBadValueIsNamedWithWhatToDo(String setting, String value, String message) {
        assertThatThrownBy(() -> run(Map.of(setting, value)))
                .isInstanceOfSatisfying(
                        StartProblem.class,
                        e -> assertThat(e.exitCode()).isEqualTo(ExitCodes.SETTINGS))
                .hasMessageContaining(message.replace("[constant; cosine]", "[constant, cosine]"));
    }

    @Test
    void kafkaSettingsArePassedOn() {
        CoordinatorSettings settings =
                settings(Map.of("kafka.security.protocol", "SASL_SSL", "bootstrap", "a:1,b:2"));
        assertThat(settings.clients().bootstrap()).isEqualTo("a:1,b:2");
        assertThat(settings.kafka()).isEqualTo(Map.of("security.protocol", "SASL_SSL"));
    }

    @Test
    void aMisspeltSettingIsRefused() {
        System.setProperty("plimsoll.sample-per-step", "3");
        try {
            assertThatThrownBy(() -> settings(Map.of()))
                    .isInstanceOf(StartProblem.class)
                    .hasMessageContaining("no setting plimsoll.sample-per-step");
        } finally {
            System.clearProperty("plimsoll.sample-per-step");
        }
    }

    @Test
    void whatDiffersFromTheRunIsNamedAsTheUserKnowsIt() {
        RunSettings existing = run(Map.of());
        assertThat(RunDifference.between(existing, existing)).isEmpty();
        assertThat(RunDifference.between(run(Map.of("samples-per-step", "8")), existing))
                .hasValue(
                        "run plimsoll was created with samples-per-step 16, and now it is 8; give "
                                + "the old value back,"
                                + " or start another run with another prefix");
        assertThat(RunDifference.between(run(Map.of("lora-rank", "4")), existing)
                        .orElseThrow())
                .contains("lora-rank 8, and now it is 4");
        assertThat(RunDifference.between(run(Map.of("learning-rate", "1")), existing)
                        .orElseThrow())
                .contains("learning-rate 2.0E-4");
        assertThat(RunDifference.between(run(Map.of("targets", "q_proj")), existing)
                        .orElseThrow())
                .contains("created with targets [\"q_proj\",");
    }
}
