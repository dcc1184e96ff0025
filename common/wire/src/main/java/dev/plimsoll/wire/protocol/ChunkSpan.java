package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;

/**
 * Offsets, both inclusive, between which one contribution's or one published sum's records for one
 * shard lie; others' may lie there too.
 *
 * @param publication which of the sum's chunks there count: those of
 *     {@link dev.plimsoll.wire.tensor.TensorChunk#sumPart}. Empty for a contribution, and for a sum
 *     that was written in a transaction: then those of the owner count
 */
public record ChunkSpan(
        int shard,
        long firstOffset,
        long lastOffset,

        @AddedLater("\"\"") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        String publication) {

    /** Of a contribution. */
    public ChunkSpan(int shard, long firstOffset, long lastOffset) {
        this(shard, firstOffset, lastOffset, "");
    }
}
