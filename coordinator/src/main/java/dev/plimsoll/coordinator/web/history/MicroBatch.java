package dev.plimsoll.coordinator.web.history;

import dev.plimsoll.wire.protocol.MemoryPlan;

/**
 * A micro-batch that came to its end.
 *
 * @param step {@code Attempt.NO_STEP} for one of an evaluation
 * @param endedMillis when its result, or its loss, was in the journal
 * @param outcome "trained", "evaluated", "lost with its worker", "lost with its step", or why it
 *     was given back
 */
public record MicroBatch(
        long attempt,
        long step,
        String worker,
        int sequences,
        MemoryPlan plan,
        long dispatchedMillis,
        long endedMillis,
        String outcome) {}
