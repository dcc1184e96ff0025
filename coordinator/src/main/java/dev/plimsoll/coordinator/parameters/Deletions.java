package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What of {@code gradients} and {@code sums} may be deleted (protocol rule 11). Records are deleted
 * by offset, all before it: so versions go in their order, and nothing of one before the ones
 * before it. What a later step names lies behind.
 *
 * <p>What a version was made of is needed until this shard has saved the state of that version or a
 * later one, and then one more: workers read it, too, at their own pace. The contributions of a
 * published sum are not needed once the version is made.
 */
final class Deletions {
    private final Deque<Used> gradients = new ArrayDeque<>();
    private final Deque<Used> sums = new ArrayDeque<>();

    /**
     * @param neededUntil the version whose saved state makes it useless; 0 when nothing needs it
     */
    private record Used(long neededUntil, long beforeOffset) {}

    /** The version was made of its only contribution, which lies there. */
    void made(long version, List<ChunkSpan> contribution) {
        gradients.add(new Used(version, end(contribution)));
    }

    /**
     * The version was made of a published sum.
     *
     * @param contributions empty when it is not known where they lie
     */
    void made(long version, List<ChunkSpan> sum, List<ChunkSpan> contributions) {
        sums.add(new Used(version, end(sum)));
        if (!contributions.isEmpty()) {
            gradients.add(new Used(0, end(contributions)));
        }
    }

    private static long end(List<ChunkSpan> spans) {
        return spans.stream().mapToLong(span -> span.lastOffset() + 1).max().orElse(0);
    }

    /**
     * @param saved a version that need not be made any more, nor any before it
     * @param named where the contributions of the step lie that was named last and is not applied
     */
    List<ShardAction> due(long saved, List<ChunkSpan> named) {
        long bound = named.stream().mapToLong(ChunkSpan::firstOffset).min().orElse(Long.MAX_VALUE);
        List<ShardAction> actions = new ArrayList<>();
        long gradientsBefore = Math.min(bound, poll(gradients, saved));
        if (gradientsBefore > 0) {
            actions.add(new ShardAction.DeleteGradients(gradientsBefore));
        }
        long sumsBefore = poll(sums, saved);
        if (sumsBefore > 0) {
            actions.add(new ShardAction.DeleteSums(sumsBefore));
        }
        return actions;
    }

    /** The offset before which everything is useless; 0 when nothing became so. */
    private static long poll(Deque<Used> used, long saved) {
        long before = 0;
        while (!used.isEmpty() && used.peek().neededUntil() <= saved) {
            before = Math.max(before, used.poll().beforeOffset());
        }
        return before;
    }
}
