package dev.plimsoll.wire;

import java.time.Duration;

/**
 * What makes a step full. Exactly one of samplesPerStep and tokensPerStep is positive.
 *
 * @param linger how long an under-full step waits for more samples before it closes early; zero: for ever
 * @param maxSteps the run ends after so many; 0: endless
 */
public record StepSettings(int samplesPerStep, int tokensPerStep, Duration linger, long maxSteps, long seed) {

    public StepSettings {
        if ((samplesPerStep > 0) == (tokensPerStep > 0)) {
            throw new IllegalArgumentException("samples-per-step is " + samplesPerStep + " and tokens-per-step is "
                    + tokensPerStep + "; give exactly one of them, and make it positive");
        }
        if (samplesPerStep > 16_384) {
            throw new IllegalArgumentException("samples-per-step is " + samplesPerStep + "; the most is 16384");
        }
        if (linger.isNegative() || maxSteps < 0) {
            throw new IllegalArgumentException(
                    "linger is " + linger + " and steps is " + maxSteps + "; neither may be negative");
        }
    }
}
