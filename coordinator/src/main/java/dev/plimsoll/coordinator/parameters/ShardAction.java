package dev.plimsoll.coordinator.parameters;

/** What a {@link ShardDriver} wants done, in the order given. */
public sealed interface ShardAction {

    /**
     * Feed it every record of its span that is there; answered by {@link ShardInput.GradientsRead}.
     */
    record ReadGradients(ContributionRead contribution) implements ShardAction {}

    /** Answered by {@link ShardInput.CheckpointRead} or {@link ShardInput.CheckpointUnusable}. */
    record ReadCheckpoint(String name) implements ShardAction {}

    /**
     * Write all of it or nothing; answered by {@link ShardInput.Committed}. When it fails the owner
     * ends: what is durable is not known then, and the next owner reads it.
     */
    record Write(ShardTransaction transaction) implements ShardAction {}

    /**
     * Delete this shard's gradients before the offset: no step can need them any more. A failure
     * costs disk space and nothing else. Not answered.
     */
    record DeleteGradients(long beforeOffset) implements ShardAction {}

    /** Nothing follows from the command; the reason is for a log. Not answered. */
    record Ignore(String reason) implements ShardAction {}

    /** The owner cannot go on and ends; the problem is for a person. Not answered. */
    record End(String problem) implements ShardAction {}
}
