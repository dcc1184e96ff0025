package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.ExpectContributions;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Where in {@code gradients} contributions arrive, and what goes on as they do. */
final class Arrivals {
    private final int shard;
    /** Before this offset nothing lies of a step that is not named yet. */
    private long laterSteps;

    Arrivals(int shard) {
        this.shard = shard;
    }

    /** @param gradientsEnd before any command was heard */
    void begin(long gradientsEnd) {
        laterSteps = gradientsEnd;
    }

    void named(ApplyStep command) {
        laterSteps = Math.max(laterSteps, end(command));
    }

    /** What is accepted already may lie before the others. */
    List<ShardAction> follow(ExpectContributions command, Optional<SumOnArrival> sum) {
        if (sum.isEmpty()) {
            return List.of(new ShardAction.Ignore(command + " is of no use to shard " + shard));
        }
        long from = LongStream.concat(
                        LongStream.of(laterSteps),
                        sum.get().spans().stream().mapToLong(ChunkSpan::firstOffset))
                .min()
                .orElseThrow();
        return List.of(new ShardAction.Follow(sum.get(), from));
    }

    /** What is summed of it goes out. */
    static List<ShardAction> send(SumOnArrival sum) {
        List<TensorChunk> ready = sum.isOver() ? List.of() : sum.takeReady();
        return ready.isEmpty()
                ? List.of()
                : List.of(new ShardAction.SendChunks(sum.publication(), ready));
    }

    ShardAction rest(SumOnArrival sum, ApplyStep command) {
        return new ShardAction.ReadArrivals(sum, end(command));
    }

    private long end(ApplyStep command) {
        return command.contributions().stream()
                .flatMap(contribution -> ContributionRead.own(contribution.spans(), shard).stream())
                .mapToLong(span -> span.lastOffset() + 1)
                .max()
                .orElse(0);
    }
}
