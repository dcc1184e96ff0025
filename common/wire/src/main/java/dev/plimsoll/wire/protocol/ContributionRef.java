package dev.plimsoll.wire.protocol;

import java.util.List;

/**
 * An accepted contribution: the attempts it must hold, and where its chunks lie in the topic
 * {@code gradients}, one span a shard.
 */
public record ContributionRef(
        long contribution,
        String workerId,
        long generation,
        List<Long> attempts,
        List<ChunkSpan> spans) {
    public ContributionRef {
        attempts = List.copyOf(attempts);
        spans = List.copyOf(spans);
    }
}
