package dev.plimsoll.coordinator.start;

import dev.plimsoll.coordinator.kafka.ExitCodes;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.run.StepSettings;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What a run is, from settings and model. */
final class RunSettingsFactory {

    private static final int DEFAULT_SAMPLES_PER_STEP = 16;

    private final CoordinatorConfig config;

    RunSettingsFactory(CoordinatorConfig config) {
        this.config = config;
    }

    /** Checks all that can be checked before the weights are read. */
    LoraSettings lora() {
        return checked(() -> {
            Set<Projection> targets = config.lora().targets().stream()
                    .map(Projection::of)
                    .collect(Collectors.toSet());
            return new LoraSettings(
                    config.lora().loraRank(),
                    config.lora().loraAlpha(),
                    config.lora().rslora(),
                    targets);
        });
    }

    StepSettings steps() {
        CoordinatorConfig.Steps s = config.steps();
        int tokens = s.tokensPerStep().orElse(0);
        int samples = s.samplesPerStep().orElse(tokens == 0 ? DEFAULT_SAMPLES_PER_STEP : 0);
        return checked(() -> new StepSettings(
                samples,
                tokens,
                s.linger(),
                s.steps(),
                s.seed(),
                s.epochs(),
                s.pauseOnNonFinite()));
    }

    OptimizerSettings optimizer() {
        CoordinatorConfig.Optimizer o = config.optimizer();
        return checked(() -> new OptimizerSettings(
                new LearningRate(
                        o.learningRate(),
                        schedule(o.schedule()),
                        o.warmupSteps(),
                        config.steps().steps()),
                o.beta1(),
                o.beta2(),
                o.epsilon(),
                o.weightDecay(),
                o.maxGradientNorm()));
    }

    RunSettings create(Path model, LlamaConfig llama, String modelHash) {
        LoraSettings lora = lora();
        int parameters = new AdapterLayout(llama, lora).totalParameters();
        CoordinatorConfig.Fleet f = config.fleet();
        int limit = llama.maxPositionEmbeddings();
        int maxSequenceTokens = f.maxSequenceTokens().orElse(limit);
        if (maxSequenceTokens > limit) {
            throw new StartProblem(
                    ExitCodes.SETTINGS,
                    "max-sequence-tokens is " + maxSequenceTokens
                            + ", but the model's max_position_embeddings is " + limit
                            + "; lower it to at most that");
        }
        String name = config.modelName()
                .orElse(model.toAbsolutePath().normalize().getFileName().toString());
        return checked(() -> {
            new ShardLayout(parameters, f.shards());
            return new RunSettings(
                    config.runId().orElse(config.prefix()),
                    new RunSettings.ModelIdentity(name, modelHash, parameters),
                    lora,
                    steps(),
                    optimizer(),
                    new FleetSettings(
                            f.shards(), f.maxMicrobatchTokens(), maxSequenceTokens, f.lease()));
        });
    }

    private static LearningRate.Schedule schedule(String name) {
        for (LearningRate.Schedule schedule : LearningRate.Schedule.values()) {
            if (schedule.name().equalsIgnoreCase(name)) {
                return schedule;
            }
        }
        throw new IllegalArgumentException("schedule '" + name + "' does not exist; choose from "
                + Arrays.toString(LearningRate.Schedule.values()).toLowerCase(Locale.ROOT));
    }

    private static <T> T checked(java.util.function.Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException e) {
            throw new StartProblem(ExitCodes.SETTINGS, e.getMessage());
        }
    }
}
