package dev.plimsoll.engine;

/**
 * A gradient sum as it travels, on the host. The bytes are handed over: they are read by other
 * threads while the engine goes on, and the engine does not change them.
 *
 * @param squaredNorms of each shard's part of what travels, by shard; not finite when a value is
 *     not
 */
public record TakenSum(long contribution, WireVector vector, double[] squaredNorms) {}
