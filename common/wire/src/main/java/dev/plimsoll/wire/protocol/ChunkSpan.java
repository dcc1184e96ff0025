package dev.plimsoll.wire.protocol;

/**
 * Offsets, both inclusive, between which one contribution's records for one shard lie; others' may
 * lie there too.
 */
public record ChunkSpan(int shard, long firstOffset, long lastOffset) {}
