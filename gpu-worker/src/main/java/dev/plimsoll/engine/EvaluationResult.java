package dev.plimsoll.engine;

/** @param lossNats summed over lossTokens */
public record EvaluationResult(double lossNats, int lossTokens, int tokens) {}
