package dev.plimsoll.wire.run;

import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.SettingProblem;

/** Linear warm-up to {@code peak}, then constant, or cosine down to zero at {@code totalSteps}. */
public record LearningRate(double peak, Schedule schedule, long warmupSteps, long totalSteps) {

    /** The shape after the warm-up. */
    public enum Schedule {
        CONSTANT,
        COSINE
    }

    public LearningRate {
        RunCatalogue.LEARNING_RATE.require(peak);
        RunCatalogue.WARMUP_STEPS.require(warmupSteps);
        if (schedule == Schedule.COSINE && totalSteps <= warmupSteps) {
            throw new SettingProblem("schedule is cosine, warmup-steps is " + warmupSteps
                    + " and steps is " + totalSteps
                    + "; a cosine needs a number of steps greater than the warm-up's");
        }
    }

    /**
     * The rate of step {@code step}, counted from 0; the first step of a warm-up of w has peak / w.
     */
    public double at(long step) {
        if (step < warmupSteps) {
            return peak * (step + 1) / warmupSteps;
        }
        return switch (schedule) {
            case CONSTANT -> peak;
            case COSINE -> {
                double done =
                        Math.min(1.0, (double) (step - warmupSteps) / (totalSteps - warmupSteps));
                yield peak * 0.5 * (1 + Math.cos(Math.PI * done));
            }
        };
    }
}
