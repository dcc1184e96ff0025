package dev.plimsoll.model.samples;

/**
 * Characters that are trained, from {@code from} to {@code to} (not among them), as Java's chars.
 *
 * @param rule why, in a few words: e.g. "generation block", "assistant's turn 3"
 */
public record TrainedSpan(int from, int to, String rule) {}
