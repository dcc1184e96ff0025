package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;

import java.util.List;

/**
 * Where the unnormalised gradient of a step lies, as every replica applies it: one span a shard.
 *
 * @param published whether the shards wrote a sum of several contributions to the topic
 *     {@code sums}; otherwise the step has one contribution, which lies in {@code gradients}
 * @param owner that of the chunks: the step where it is published, else the contribution
 * @param contributions of which it was published, in the order of summation; empty for one
 *     contribution, and in records from before there were publications
 */
public record SumSource(
        boolean published,
        long owner,
        List<ChunkSpan> spans,

        @AddedLater("[]") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<Long> contributions) {
    public SumSource {
        spans = List.copyOf(spans);
        contributions = List.copyOf(contributions);
    }

    /** Of which it is not said what it was published of. */
    public SumSource(boolean published, long owner, List<ChunkSpan> spans) {
        this(published, owner, spans, List.of());
    }

    /** The one contribution of a step. */
    public static SumSource of(ContributionRef only) {
        return new SumSource(false, only.contribution(), only.spans());
    }
}
