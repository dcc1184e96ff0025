package dev.plimsoll.wire.run;

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
        if (epochs < 1) {
            throw new IllegalArgumentException("epochs is " + epochs + "; give at least 1");
        }
        if ((samplesPerStep > 0) == (tokensPerStep > 0)) {
            throw new IllegalArgumentException(
                    "samples-per-step is " + samplesPerStep + " and tokens-per-step is "
                            + tokensPerStep + "; give exactly one of them, and make it positive");
        }
        if (samplesPerStep > 16_384) {
            throw new IllegalArgumentException(
                    "samples-per-step is " + samplesPerStep + "; the most is 16384");
        }
        if (linger.isNegative() || maxSteps < 0) {
            throw new IllegalArgumentException("linger is " + linger + " and steps is " + maxSteps
                    + "; neither may be negative");
        }
    }

    /** Of one epoch, going on without what is not finite. */
    public StepSettings(
            int samplesPerStep, int tokensPerStep, Duration linger, long maxSteps, long seed) {
        this(samplesPerStep, tokensPerStep, linger, maxSteps, seed, 1, false);
    }
}
