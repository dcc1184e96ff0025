package dev.plimsoll.wire.protocol;

/** What one micro-batch took. */
public record TrainMeasures(int tokens, long peakBytes, long forwardMicros, long backwardMicros) {}
