package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.StatePlace;

/** What a {@link ShardDriver} is told, one at a time. */
public sealed interface ShardInput {

    /**
     * Every command that is sent to lane 0 from now on will be read.
     *
     * @param gradientsEnd the offset at which {@code gradients} ended before that
     */
    record Listening(long gradientsEnd) implements ShardInput {}

    /** Read from lane 0; may repeat, may come late, and may concern no shard at all. */
    record CommandRead(Command command) implements ShardInput {}

    /** A record of lane 0 could not be decoded and was skipped. */
    record CommandSkipped() implements ShardInput {}

    /**
     * The answer to {@link ShardAction.ReadGradients}: the contribution was fed every record of its
     * span that is there.
     */
    record GradientsRead(ContributionRead contribution) implements ShardInput {}

    /** After {@link ShardAction.Follow}: something was fed. */
    record Arrived(SumOnArrival sum) implements ShardInput {}

    /** The answer to {@link ShardAction.ReadArrivals}. */
    record ArrivalsRead(SumOnArrival sum) implements ShardInput {}

    /** The answer to {@link ShardAction.ReadSum}, likewise. */
    record SumRead(PublishedSum sum) implements ShardInput {}

    /** The answer to {@link ShardAction.ReadCheckpoint}: what is there, of whichever version. */
    record CheckpointRead(ShardState checkpoint) implements ShardInput {}

    /**
     * The other answer to {@link ShardAction.ReadCheckpoint}: there is no such checkpoint, or it is
     * not whole.
     */
    record CheckpointUnusable(String problem) implements ShardInput {}

    /**
     * The answer to {@link ShardAction.PublishSum}: the sum is durable.
     *
     * @param span of the publication's records, manifests among them; others may lie there too
     */
    record SumPublished(SumToPublish sum, ChunkSpan span) implements ShardInput {}

    /** The answer to {@link ShardAction.Write}: all of the transaction is durable. */
    record Committed(ShardTransaction transaction) implements ShardInput {}

    /** The answer to {@link ShardAction.WriteState}: all of that state is durable. */
    record StateWritten(long version, StatePlace place) implements ShardInput {}
}
