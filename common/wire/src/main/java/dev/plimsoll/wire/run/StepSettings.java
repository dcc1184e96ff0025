package dev.plimsoll.wire.run;

import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.SettingProblem;

import java.time.Duration;

/**
 * What makes a step full. Exactly one of samplesPerStep and tokensPerStep is positive.
 *
 * @param linger how long an under-full step waits for more samples before it closes early; zero:
 *     for ever
 * @param maxSteps the run ends after so many; 0: endless
 * @param epochs how often finite data is trained: once as it arrives, then, after finish was asked,
 *     shuffled. A step never holds samples of two epochs
 * @param pauseOnNonFinite whether the run pauses, for a person to look, when a sample's loss or
 *     gradient is not finite. It is rejected in any case
 */
public record StepSettings(
        int samplesPerStep,
        int tokensPerStep,
        Duration linger,
        long maxSteps,
        long seed,
        int epochs,
        boolean pauseOnNonFinite) {

    public StepSettings {
        if ((samplesPerStep > 0) == (tokensPerStep > 0)) {
            throw new SettingProblem(
                    "samples-per-step is " + samplesPerStep + " and tokens-per-step is "
                            + tokensPerStep + "; give exactly one of them, and make it positive");
        }
        if (samplesPerStep > 0) {
            RunCatalogue.SAMPLES_PER_STEP.require(samplesPerStep);
        }
        RunCatalogue.LINGER.require(linger);
        RunCatalogue.STEPS.require(maxSteps);
        RunCatalogue.EPOCHS.require(epochs);
    }

    /** Of one epoch, going on without what is not finite. */
    public StepSettings(
            int samplesPerStep, int tokensPerStep, Duration linger, long maxSteps, long seed) {
        this(samplesPerStep, tokensPerStep, linger, maxSteps, seed, 1, false);
    }
}
