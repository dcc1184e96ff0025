package dev.plimsoll.wire.protocol;

import java.util.List;

/**
 * Where the unnormalised gradient of a step lies, as every replica applies it: one span a shard.
 *
 * @param published whether the shards wrote a sum of several contributions to the topic
 *     {@code sums}; otherwise the step has one contribution, which lies in {@code gradients}
 * @param owner that of the chunks: the step where it is published, else the contribution
 */
public record SumSource(boolean published, long owner, List<ChunkSpan> spans) {
    public SumSource {
        spans = List.copyOf(spans);
    }

    /** The one contribution of a step. */
    public static SumSource of(ContributionRef only) {
        return new SumSource(false, only.contribution(), only.spans());
    }
}
