package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;

import java.util.List;

/**
 * What one micro-batch took.
 *
 * @param peakBytes of live tensors; of several cards their peaks added
 * @param cardPeakBytes the peak of each of several cards, in their order; empty for one card
 * @param attentionRecomputed whether attention was computed again although the plan keeps it, since
 *     the host had no memory to spare: so these are measures of the plan without that
 */
public record TrainMeasures(
        int tokens,
        long peakBytes,
        long forwardMicros,
        long backwardMicros,

        @AddedLater("[]") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<Long> cardPeakBytes,

        @AddedLater("false") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        boolean attentionRecomputed) {

    public TrainMeasures {
        cardPeakBytes = List.copyOf(cardPeakBytes);
    }

    /** By the plan as it was given. */
    public TrainMeasures(
            int tokens,
            long peakBytes,
            long forwardMicros,
            long backwardMicros,
            List<Long> cardPeakBytes) {
        this(tokens, peakBytes, forwardMicros, backwardMicros, cardPeakBytes, false);
    }

    /** The plan that these are measures of, where that one was given. */
    public MemoryPlan carriedOut(MemoryPlan given) {
        return given.withKeepAttention(given.keepAttention() && !attentionRecomputed);
    }

    /** On one card. */
    public TrainMeasures(int tokens, long peakBytes, long forwardMicros, long backwardMicros) {
        this(tokens, peakBytes, forwardMicros, backwardMicros, List.of());
    }
}
