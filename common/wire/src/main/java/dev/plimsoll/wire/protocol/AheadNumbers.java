package dev.plimsoll.wire.protocol;

/**
 * What a worker that holds all of a step needs, besides its own sum, to make the next version
 * before the step is committed.
 *
 * @param lossTokens over which the step's sum is made
 * @param update Adam's t, counted from 1
 */
public record AheadNumbers(long lossTokens, double learningRate, long update) {}
