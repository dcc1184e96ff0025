package dev.plimsoll.model.memory;

/**
 * How long a micro-batch took.
 *
 * @param squares as in {@link Lengths}
 * @param number among its card's micro-batches
 */
public record Timing(int tokens, long squares, long micros, long number) {}
