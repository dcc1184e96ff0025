package dev.plimsoll.wire.journal;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.List;
import java.util.SortedMap;

/**
 * A fact of the planner. Its state is the fold of these and of nothing else, so each holds decided
 * values. Written in the transaction that sends the commands the fact entails. An unknown record
 * stops the process that replays it.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface JournalRecord {

    /** The first record. The settings hold for the whole run. */
    record RunCreated(RunSettings run) implements JournalRecord {}

    /**
     * Inputs up to these offsets, exclusive, are in the state. Key: input name, a dash, the
     * partition.
     */
    record InputsRead(SortedMap<String, Long> nextOffsets) implements JournalRecord {}

    /** A sequence is waiting to be put in a step. */
    record SampleAdmitted(SequenceRef sequence, String sampleId, SampleOrigin origin)
            implements JournalRecord {}

    /** Offsets of an input, from inclusive to exclusive, were gone before they were read. */
    record InputLost(String input, long fromOffset, long toOffset) implements JournalRecord {}

    record WorkerAdmitted(
            String workerId, String incarnation, int lane, long generation, WorkerDevice device)
            implements JournalRecord {}

    record WorkerReady(String workerId, long generation) implements JournalRecord {}

    /**
     * It wants to leave: nothing more is dispatched to it, and it is asked for its sum as soon as
     * it has ended its work.
     */
    record WorkerDraining(String workerId, long generation, String note) implements JournalRecord {}

    /** Its generation is over; what its sum held is abandoned. */
    record WorkerLost(String workerId, long generation, String note) implements JournalRecord {}

    /** The most tokens a micro-batch of this worker may have, until changed again. */
    record LoadLineChanged(String workerId, int maxTokens, String note) implements JournalRecord {}

    /**
     * The bytes that this worker's live tensors may reach, until changed again.
     *
     * @param usedBytes between micro-batches
     */
    record MemoryLineChanged(
            String workerId, long usedBytes, long lineBytes, long changedAtMillis, String note)
            implements JournalRecord {}

    /**
     * What a micro-batch needed, for the forecast of all cards of that kind.
     *
     * @param priorBytes by the model's shape
     * @param costTokens its tokens, times what one costs under its memory plan; 0 when it failed
     * @param micros it took; 0 when it failed
     * @param workBytes its peak beyond what is in use between micro-batches; after an out of memory
     *     what it would have needed at least
     */
    record MicroBatchWeighed(
            String card, long priorBytes, long workBytes, double costTokens, long micros)
            implements JournalRecord {}

    /**
     * Membership is fixed here. {@code openedAtMillis} is the planner's clock, for the step's
     * duration only.
     */
    record StepOpened(long step, List<Long> ordinals, long openedAtMillis, String note)
            implements JournalRecord {
        public StepOpened {
            ordinals = List.copyOf(ordinals);
        }
    }

    record MicroBatchDispatched(
            Attempt attempt, String workerId, long generation, List<Long> ordinals, MemoryPlan plan)
            implements JournalRecord {
        public MicroBatchDispatched {
            ordinals = List.copyOf(ordinals);
        }
    }

    /** The ledger now says: this attempt is in its worker's sum. */
    record MicroBatchAccepted(Attempt attempt, double lossNats, long lossTokens)
            implements JournalRecord {}

    /**
     * The attempt does not count; its sequences wait again.
     *
     * @param maxSequences the most sequences that may share a micro-batch when they are tried
     *     again; 0: no limit
     */
    record MicroBatchReturned(Attempt attempt, FailureReason reason, String note, int maxSequences)
            implements JournalRecord {}

    /** The sequence leaves its step for the rejected topic. */
    record SampleRejected(long ordinal, RejectionReason reason, String note)
            implements JournalRecord {}

    record ContributionAsked(
            long contribution, String workerId, long generation, long step, List<Long> attempts)
            implements JournalRecord {
        public ContributionAsked {
            attempts = List.copyOf(attempts);
        }
    }

    record ContributionAccepted(ContributionRef contribution) implements JournalRecord {}

    /** The contribution does not count; its sequences wait again. */
    record ContributionVoided(long contribution, String note) implements JournalRecord {}

    /** The step's contributions are complete and named, in the order of their summation. */
    record StepSumming(long step, List<Long> contributions, long lossTokens)
            implements JournalRecord {
        public StepSumming {
            contributions = List.copyOf(contributions);
        }
    }

    record ShardSumAccepted(int shard, long step, double squaredNorm) implements JournalRecord {}

    /** From here the step only rolls forward. Meanings as in {@link Command.FixClip}. */
    record ClipFixed(long step, double gradientNorm, double gradientScale, double learningRate)
            implements JournalRecord {}

    record ShardApplyAccepted(int shard, long step, long version) implements JournalRecord {}

    record StepCommitted(long step, long version) implements JournalRecord {}

    /** Every member was rejected: the step ends without a new version. */
    record StepDropped(long step, String note) implements JournalRecord {}

    record PauseChanged(boolean paused, String note) implements JournalRecord {}

    /** A request that is done as soon as those before it are. */
    record CheckpointAsked(String name, String request, String note) implements JournalRecord {}

    /** A request that is done as soon as those before it are. */
    record RollbackAsked(String name, String request, String note) implements JournalRecord {}

    /** A request that cannot be done, and why. */
    record RequestRefused(String request, String note) implements JournalRecord {}

    /**
     * The version is being kept under the name; until every shard has, no clip is fixed, and one of
     * that name before is gone.
     *
     * @param stepsDone how many steps led there, those aside that rollbacks undid: where schedules
     *     go on
     */
    record CheckpointBegun(String name, long version, long stepsDone, DataPosition position)
            implements JournalRecord {}

    record CheckpointSaveAccepted(int shard, String name, long version) implements JournalRecord {}

    record CheckpointTaken(String name, long version) implements JournalRecord {}

    /** It cannot be rolled back to any more. Its tensors stay. */
    record CheckpointExpired(String name, String note) implements JournalRecord {}

    /** The step ends without a version; its members wait to be put in a step again. */
    record StepAbandoned(long step, String note) implements JournalRecord {}

    /** From here the rollback only rolls forward. */
    record RollbackBegun(String name, long baseVersion) implements JournalRecord {}

    record CheckpointRestoreAccepted(int shard, String name, long version)
            implements JournalRecord {}

    /**
     * The checkpoint's state is the version {@code version}; what was trained since it was taken
     * waits again.
     */
    record RolledBack(String name, long ofVersion, long version) implements JournalRecord {}

    /**
     * All that was trained in the epoch before is to be trained again, in an order of its own. The
     * first epoch is 0 and is not journaled.
     */
    record EpochStarted(int epoch) implements JournalRecord {}

    /** No more samples are awaited: what is admitted is trained, then the run ends. */
    record FinishAsked(String note) implements JournalRecord {}

    record RunFinished(String note) implements JournalRecord {}

    /** The whole state as the planner's own JSON, so that replay may start here. */
    record SnapshotTaken(String stateJson) implements JournalRecord {}
}
