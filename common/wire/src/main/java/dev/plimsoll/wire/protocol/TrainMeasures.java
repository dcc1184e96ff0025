package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;

import java.util.List;

/**
 * What one micro-batch took.
 *
 * @param peakBytes of live tensors; of several cards their peaks added
 * @param cardPeakBytes the peak of each of several cards, in their order; empty for one card
 */
public record TrainMeasures(
        int tokens,
        long peakBytes,
        long forwardMicros,
        long backwardMicros,

        @AddedLater("[]") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<Long> cardPeakBytes) {

    public TrainMeasures {
        cardPeakBytes = List.copyOf(cardPeakBytes);
    }

    /** On one card. */
    public TrainMeasures(int tokens, long peakBytes, long forwardMicros, long backwardMicros) {
        this(tokens, peakBytes, forwardMicros, backwardMicros, List.of());
    }
}
