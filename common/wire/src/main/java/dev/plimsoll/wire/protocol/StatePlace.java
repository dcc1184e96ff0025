package dev.plimsoll.wire.protocol;

/**
 * Where one shard's state, written whole, begins.
 *
 * @param adapterOffset of its first record in the shard's partition of {@code adapter}
 * @param optimizerOffset likewise in {@code optimizer}
 */
public record StatePlace(int shard, long adapterOffset, long optimizerOffset) {}
