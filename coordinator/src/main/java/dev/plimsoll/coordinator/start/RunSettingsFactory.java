package dev.plimsoll.coordinator.start;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.peft.StartingPoint;
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
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.run.UntoldFields;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.FleetCatalogue;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.Setting;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a run is, from settings and model. Throws {@link SettingProblem} for values that do not go
 * together.
 */
final class RunSettingsFactory {

    private final SettingValues values;

    RunSettingsFactory(SettingValues values) {
        this.values = values;
    }

    LoraSettings lora() {
        Set<Projection> targets = values.get(RunCatalogue.TARGETS).stream()
                .map(Projection::of)
                .collect(Collectors.toSet());
        return new LoraSettings(
                values.get(RunCatalogue.LORA_RANK),
                values.get(RunCatalogue.LORA_ALPHA),
                values.get(RunCatalogue.RSLORA),
                targets);
    }

    /** The adapter's own, where the run starts from one; what is given must be the same. */
    private LoraSettings lora(Optional<StartingPoint> start) {
        if (start.isEmpty()) {
            return lora();
        }
        LoraSettings trained = start.get().lora();
        require(start.get(), RunCatalogue.LORA_RANK, trained.loraRank());
        require(start.get(), RunCatalogue.LORA_ALPHA, trained.loraAlpha());
        require(start.get(), RunCatalogue.RSLORA, trained.rsLora());
        Set<String> targets = trained.targets().stream()
                .map(Projection::moduleName)
                .collect(Collectors.toCollection(TreeSet::new));
        values.given(RunCatalogue.TARGETS)
                .filter(given -> !Set.copyOf(given).equals(targets))
                .ifPresent(given -> {
                    throw differs(start.get(), RunCatalogue.TARGETS, given, targets);
                });
        return trained;
    }

    private <T> void require(StartingPoint start, Setting<T> setting, T trained) {
        values.given(setting).filter(given -> !given.equals(trained)).ifPresent(given -> {
            throw differs(start, setting, given, trained);
        });
    }

    private static SettingProblem differs(
            StartingPoint start, Setting<?> setting, Object given, Object trained) {
        return new SettingProblem(setting.name() + " is " + given + ", but the adapter in "
                + start.directory() + " has " + trained
                + "; leave it out, or start without start-from");
    }

    private static void requireModel(StartingPoint start, String modelHash) {
        start.progress()
                .map(progress -> progress.run().model())
                .filter(trained -> !trained.hash().equals(modelHash))
                .ifPresent(trained -> {
                    throw new SettingProblem("start-from is " + start.directory()
                            + ", whose training was of model " + trained.name()
                            + ", and the model given is another (its hash differs); give that"
                            + " model");
                });
    }

    StepSettings steps() {
        int tokens = values.given(RunCatalogue.TOKENS_PER_STEP).orElse(0);
        int samples = values.given(RunCatalogue.SAMPLES_PER_STEP)
                .orElseGet(() -> tokens == 0 ? values.get(RunCatalogue.SAMPLES_PER_STEP) : 0);
        return new StepSettings(
                samples,
                tokens,
                values.get(RunCatalogue.LINGER),
                values.get(RunCatalogue.STEPS),
                values.get(RunCatalogue.SEED),
                values.get(RunCatalogue.EPOCHS),
                values.get(RunCatalogue.PAUSE_ON_NON_FINITE));
    }

    OptimizerSettings optimizer() {
        return new OptimizerSettings(
                new LearningRate(
                        values.get(RunCatalogue.LEARNING_RATE),
                        LearningRate.Schedule.valueOf(
                                values.get(RunCatalogue.SCHEDULE).toUpperCase(Locale.ROOT)),
                        values.get(RunCatalogue.WARMUP_STEPS),
                        values.get(RunCatalogue.STEPS)),
                values.get(RunCatalogue.BETA1),
                values.get(RunCatalogue.BETA2),
                values.get(RunCatalogue.EPSILON),
                values.get(RunCatalogue.WEIGHT_DECAY),
                values.get(RunCatalogue.MAX_GRADIENT_NORM));
    }

    /** Counts the adapter's parameters, so that the number of shards can be checked. */
    RunSettings create(
            Path model, LlamaConfig llama, String modelHash, Optional<StartingPoint> start) {
        start.ifPresent(from -> requireModel(from, modelHash));
        LoraSettings lora = lora(start);
        int parameters = new AdapterLayout(llama, lora).totalParameters();
        FleetSettings fleet = fleet(llama, parameters);
        requireShards(parameters, fleet.shards());
        String name = values.given(RunCatalogue.MODEL_NAME)
                .orElse(model.toAbsolutePath().normalize().getFileName().toString());
        return new RunSettings(
                values.given(RunCatalogue.RUN_ID).orElse(values.get(ClientCatalogue.PREFIX)),
                new RunSettings.ModelIdentity(name, modelHash, parameters),
                lora,
                steps(),
                optimizer(),
                fleet,
                fold(),
                start.map(StartingPoint::identity).orElse(RunStart.SEEDED),
                evaluation());
    }

    private EvaluationSettings evaluation() {
        return new EvaluationSettings(
                values.get(RunCatalogue.EVALUATE_EVERY),
                values.get(RunCatalogue.EVALUATE_SAMPLES),
                values.get(RunCatalogue.KEEP_BEST));
    }

    private FoldSettings fold() {
        return new FoldSettings(
                GradientDtype.valueOf(
                        values.get(RunCatalogue.GRADIENT_DTYPE).toUpperCase(Locale.ROOT)),
                values.get(RunCatalogue.STATE_EVERY));
    }

    private FleetSettings fleet(LlamaConfig llama, int parameters) {
        int maxSequenceTokens = values.given(FleetCatalogue.MAX_SEQUENCE_TOKENS)
                .orElse(llama.maxPositionEmbeddings());
        if (maxSequenceTokens > llama.longestSequence()) {
            throw new SettingProblem("max-sequence-tokens is " + maxSequenceTokens
                    + ", but the model's max_position_embeddings is "
                    + llama.maxPositionEmbeddings()
                    + (llama.longestSequence() > llama.maxPositionEmbeddings()
                            ? " and its rotary scaling reaches to " + llama.longestSequence()
                            : "")
                    + "; lower it to at most " + llama.longestSequence());
        }
        return new FleetSettings(
                values.given(FleetCatalogue.SHARDS)
                        .orElseGet(() -> ShardLayout.shardsFor(parameters)),
                values.get(FleetCatalogue.MAX_MICROBATCH_TOKENS),
                maxSequenceTokens,
                values.get(FleetCatalogue.LEASE),
                LongSamples.valueOf(
                        values.get(FleetCatalogue.LONG_SAMPLES).toUpperCase(Locale.ROOT)),
                UntoldFields.valueOf(
                        values.get(FleetCatalogue.UNTOLD_FIELDS).toUpperCase(Locale.ROOT)));
    }

    private static void requireShards(int parameters, int shards) {
        try {
            new ShardLayout(parameters, shards);
        } catch (IllegalArgumentException e) {
            throw new SettingProblem(e.getMessage());
        }
    }
}
