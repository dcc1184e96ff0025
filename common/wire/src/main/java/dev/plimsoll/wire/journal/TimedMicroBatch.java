package dev.plimsoll.wire.journal;

import dev.plimsoll.wire.protocol.MemoryPlan;

/**
 * What a micro-batch was that took some time.
 *
 * @param cost of a token under its memory plan before anything is measured, 1 under the roomiest
 * @param tokens of all its sequences; of several cards, as many as one card would need the same
 *     time for
 * @param squaredTokens the squares of its sequences' lengths, added: attention's part; fewer where
 *     attention is not recomputed, and of several cards changed as the tokens are
 * @param bestMicros as in {@code MicroBatchDispatched}
 */
public record TimedMicroBatch(
        MemoryPlan plan, double cost, int tokens, long squaredTokens, long bestMicros) {

    public TimedMicroBatch {
        if (!(cost > 0) || tokens < 1 || squaredTokens < tokens || bestMicros < 0) {
            throw new IllegalArgumentException("timed micro-batch with cost " + cost + ", tokens "
                    + tokens + ", squaredTokens " + squaredTokens + ", bestMicros " + bestMicros
                    + "; cost and tokens must be positive, the squares at least the tokens, and "
                    + "the time not negative");
        }
    }
}
