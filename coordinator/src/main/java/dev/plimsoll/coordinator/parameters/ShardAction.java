package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.List;

/** What a {@link ShardDriver} wants done, in the order given. */
public sealed interface ShardAction {

    /**
     * Feed it every record of its span in {@code gradients} that is there; answered by
     * {@link ShardInput.GradientsRead}.
     */
    record ReadGradients(ContributionRead contribution) implements ShardAction {}

    /**
     * Feed it every record of its span in {@code sums} that is there; answered by
     * {@link ShardInput.SumRead}.
     */
    record ReadSum(PublishedSum sum) implements ShardAction {}

    /**
     * From now on feed it every record of {@code gradients} from the offset on, as long as it wants
     * more, and say {@link ShardInput.Arrived} between two commands. It takes the place of one that
     * was followed before.
     */
    record Follow(SumOnArrival sum, long fromOffset) implements ShardAction {}

    /**
     * Feed it what is there before the offset and was not fed yet; answered by
     * {@link ShardInput.ArrivalsRead}.
     */
    record ReadArrivals(SumOnArrival sum, long toOffset) implements ShardAction {}

    /**
     * Send the chunks to {@code sums}, in no transaction, and go on. More of the publication
     * follows, or it is given up. Not answered.
     */
    record SendChunks(String publication, List<TensorChunk> chunks) implements ShardAction {
        public SendChunks {
            chunks = List.copyOf(chunks);
        }
    }

    /** Answered by {@link ShardInput.CheckpointRead} or {@link ShardInput.CheckpointUnusable}. */
    record ReadCheckpoint(String name) implements ShardAction {}

    /**
     * Write its manifests and its chunks to {@code sums}, in no transaction; answered by
     * {@link ShardInput.SumPublished} when the broker has acknowledged all of the publication.
     * Nothing counts of it before the report is accepted that says where it lies. When it fails the
     * owner ends.
     */
    record PublishSum(SumToPublish sum) implements ShardAction {}

    /**
     * Write all of it or nothing; answered by {@link ShardInput.Committed}. When it fails the owner
     * ends: what is durable is not known then, and the next owner reads it.
     */
    record Write(ShardTransaction transaction) implements ShardAction {}

    /**
     * Begin to write the state, whole, in a transaction beside the others, and go on. Answered by
     * {@link ShardInput.StateWritten} later, between two commands or after {@link AwaitState}. One
     * at a time; when it fails the owner ends.
     *
     * @param manifest without checksums: {@link ShardState#whole} gives the one that is written
     */
    record WriteState(ShardState state, ShardManifest manifest) implements ShardAction {}

    /** Wait for the state that is being written; answered by {@link ShardInput.StateWritten}. */
    record AwaitState() implements ShardAction {}

    /**
     * Delete this shard's gradients before the offset: no version can need them any more. A failure
     * costs disk space and nothing else. Not answered.
     */
    record DeleteGradients(long beforeOffset) implements ShardAction {}

    /** The same in {@code sums}. */
    record DeleteSums(long beforeOffset) implements ShardAction {}

    /** Nothing follows from the command; the reason is for a log. Not answered. */
    record Ignore(String reason) implements ShardAction {}

    /** The owner cannot go on and ends; the problem is for a person. Not answered. */
    record End(String problem) implements ShardAction {}
}
