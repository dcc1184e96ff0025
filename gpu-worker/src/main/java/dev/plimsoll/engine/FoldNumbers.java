package dev.plimsoll.engine;

/**
 * What an update needs besides the sum.
 *
 * @param version that results
 * @param gradientScale factor from the unnormalised sum to the clipped mean
 * @param update Adam's t, counted from 1
 */
public record FoldNumbers(long version, double gradientScale, double learningRate, long update) {}
