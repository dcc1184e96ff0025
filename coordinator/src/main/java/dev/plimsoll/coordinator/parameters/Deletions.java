package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.SumSource;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

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
    private final int shard;
    /** It is not applied yet. */
    private Optional<ApplyStep> named = Optional.empty();

    private final Deque<Used> gradients = new ArrayDeque<>();
    private final Deque<Used> sums = new ArrayDeque<>();

    /**
     * @param neededUntil the version whose saved state makes it useless; 0 when nothing needs it
     */
    private record Used(long neededUntil, long beforeOffset) {}

    Deletions(int shard) {
        this.shard = shard;
    }

    /** The step on top of the current version. */
    void named(ApplyStep step) {
        named = Optional.of(step);
    }

    /** The current version is another one, of no step. */
    void restored() {
        named = Optional.empty();
    }

    /** The version was made. */
    void made(FixClip command) {
        SumSource source = command.source().orElseThrow();
        List<ChunkSpan> spans = ContributionRead.own(source.spans(), shard);
        if (source.published()) {
            sums.add(new Used(command.version(), end(spans)));
            // not known when the step was not named here
            named.filter(step -> step.step() == command.step())
                    .ifPresent(step -> gradients.add(new Used(0, end(spans(step)))));
        } else {
            gradients.add(new Used(command.version(), end(spans)));
        }
        named = Optional.empty();
    }

    private List<ChunkSpan> spans(ApplyStep step) {
        return ContributionRead.own(
                step.contributions().stream()
                        .flatMap(contribution -> contribution.spans().stream())
                        .toList(),
                shard);
    }

    private static long end(List<ChunkSpan> spans) {
        return spans.stream().mapToLong(span -> span.lastOffset() + 1).max().orElse(0);
    }

    /** @param saved a version that need not be made any more, nor any before it */
    List<ShardAction> due(long saved) {
        long bound = named.stream()
                .flatMap(step -> spans(step).stream())
                .mapToLong(ChunkSpan::firstOffset)
                .min()
                .orElse(Long.MAX_VALUE);
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
