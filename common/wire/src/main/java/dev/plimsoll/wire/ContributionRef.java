package dev.plimsoll.wire;

import java.util.List;

/** An accepted contribution and where its chunks lie in the topic {@code gradients}, one span a shard. */
public record ContributionRef(long contribution, String workerId, long generation, List<ChunkSpan> spans) {
    public ContributionRef {
        spans = List.copyOf(spans);
    }
}
