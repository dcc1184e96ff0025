package dev.plimsoll.coordinator.testkit;

import dev.plimsoll.wire.run.EvaluationSettings;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;

import java.time.Duration;
import java.util.Set;

/** A small run: 2 shards of 200,000 parameters, two chunks each; 4 samples a step. */
public final class TestRun {

    public static final int PARAMETERS = 400_000;
    public static final int SHARDS = 2;
    public static final int SAMPLES_PER_STEP = 4;
    public static final String MODEL_HASH = "hash-of-the-test-model";

    private TestRun() {}

    public static RunSettings settings(String runId) {
        return settings(runId, Duration.ofSeconds(3));
    }

    public static RunSettings settings(String runId, Duration lease) {
        return new RunSettings(
                runId,
                new RunSettings.ModelIdentity("test", MODEL_HASH, PARAMETERS),
                new LoraSettings(8, 16, false, Set.of(Projection.Q_PROJ)),
                new StepSettings(SAMPLES_PER_STEP, 0, Duration.ZERO, 0, 1),
                optimizer(),
                new FleetSettings(SHARDS, 64, 1000, lease));
    }

    /** The same with evaluations. */
    public static RunSettings settings(String runId, EvaluationSettings evaluation) {
        RunSettings run = settings(runId);
        return new RunSettings(
                run.runId(),
                run.model(),
                run.lora(),
                run.steps(),
                run.optimizer(),
                run.fleet(),
                run.fold(),
                run.start(),
                evaluation);
    }

    public static OptimizerSettings optimizer() {
        return new OptimizerSettings(
                new LearningRate(1e-2, LearningRate.Schedule.CONSTANT, 2, 0),
                0.9,
                0.999,
                1e-8,
                0.01,
                1.0);
    }

    /** Version 0. */
    public static float[] initial() {
        float[] flat = new float[PARAMETERS];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (i % 101 - 50) / 100f;
        }
        return flat;
    }

    /** The gradient of one sequence. Multiples of 1/64, so that sums are exact in any order. */
    public static float gradient(long ordinal, int parameter) {
        return Math.floorMod(ordinal * 31 + parameter * 7L, 17) / 64f - 0.125f;
    }
}
