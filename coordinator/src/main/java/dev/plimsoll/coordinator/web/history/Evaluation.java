package dev.plimsoll.coordinator.web.history;

/**
 * What an evaluation found.
 *
 * @param step the last that was committed before it; -1 when none was
 */
public record Evaluation(
        long step,
        long version,
        double loss,
        double perplexity,
        int samples,
        boolean best,
        long atMillis) {}
