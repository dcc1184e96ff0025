package dev.plimsoll.wire.run;

import dev.plimsoll.wire.settings.RunCatalogue;

/**
 * When versions are evaluated, where there are samples for that.
 *
 * @param every after so many steps, and at the run's end; 0: never
 * @param maxSamples of an evaluation: those with the lowest ordinals; 0: all
 * @param keepBest whether the version with the lowest loss is kept as the checkpoint {@link #BEST}
 */
public record EvaluationSettings(long every, int maxSamples, boolean keepBest) {

    /** The name of the checkpoint that keeps the best version. */
    public static final String BEST = "best";

    /** What runs mean that do not say. */
    public static final EvaluationSettings NEVER = new EvaluationSettings(0, 0, true);

    public EvaluationSettings {
        RunCatalogue.EVALUATE_EVERY.require(every);
        RunCatalogue.EVALUATE_SAMPLES.require(maxSamples);
    }

    /** Whether this run keeps its best version under {@link #BEST}, once it has one. */
    public boolean keepsBest() {
        return every > 0 && keepBest;
    }
}
