package dev.plimsoll.wire.journal;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A fact of the planner. Its state is the fold of these and of nothing else, so each holds decided
 * values. Written in the transaction that sends the commands the fact entails. An unknown record
 * stops the process that replays it.
 */
@WireFamily(name = "plimsoll.journal")
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface JournalRecord {

    /** The first record. The settings hold for the whole run. */
    @WireName("RunCreated")
    record RunCreated(RunSettings run) implements JournalRecord {}

    /**
     * Inputs up to these offsets, exclusive, are in the state. Key: input name, a dash, the
     * partition.
     */
    @WireName("InputsRead")
    record InputsRead(SortedMap<String, Long> nextOffsets) implements JournalRecord {}

    /** A sequence is waiting to be put in a step. */
    @WireName("SampleAdmitted")
    record SampleAdmitted(
            SequenceRef sequence,
            String sampleId,
            SampleOrigin origin,

            @AddedLater("\"default\"")
            @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = SourceName.Unnamed.class)
            String source)
            implements JournalRecord {

        /** Of the default source. */
        public SampleAdmitted(SequenceRef sequence, String sampleId, SampleOrigin origin) {
            this(sequence, sampleId, origin, SourceName.DEFAULT);
        }
    }

    /**
     * What holds for a source from here on.
     *
     * @param weight 0 when nobody gave it one: it counts as 1, and while no source has a weight
     *     steps take the samples of all in the order of their arrival
     * @param request the id of the request
     * @param evaluation its samples are evaluated and never trained; once and for all
     */
    @WireName("SourceChanged")
    record SourceChanged(
            String name,
            SourceStatus status,
            int weight,
            String request,
            String note,

            @AddedLater("false") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
            boolean evaluation)
            implements JournalRecord {

        /** Of samples that are trained. */
        public SourceChanged(
                String name, SourceStatus status, int weight, String request, String note) {
            this(name, status, weight, request, note, false);
        }
    }

    /** Offsets of an input, from inclusive to exclusive, were gone before they were read. */
    @WireName("InputLost")
    record InputLost(String input, long fromOffset, long toOffset) implements JournalRecord {}

    @WireName("WorkerAdmitted")
    record WorkerAdmitted(
            String workerId, String incarnation, int lane, long generation, WorkerDevice device)
            implements JournalRecord {}

    @WireName("WorkerReady")
    record WorkerReady(String workerId, long generation) implements JournalRecord {}

    /**
     * It wants to leave, or is told to: nothing more is dispatched to it, and it is asked for its
     * sum as soon as it has ended its work.
     *
     * @param request the id of the request; empty when it leaves of itself
     */
    @WireName("WorkerDraining")
    record WorkerDraining(
            String workerId,
            long generation,
            String note,

            @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<String> request)
            implements JournalRecord {

        /** Of itself. */
        public WorkerDraining(String workerId, long generation, String note) {
            this(workerId, generation, note, Optional.empty());
        }
    }

    /** Its generation is over; what its sum held is abandoned. */
    @WireName("WorkerLost")
    record WorkerLost(String workerId, long generation, String note) implements JournalRecord {}

    /** The most tokens a micro-batch of this worker may have, until changed again. */
    @WireName("LoadLineChanged")
    record LoadLineChanged(String workerId, int maxTokens, String note) implements JournalRecord {}

    /**
     * The bytes that this worker's live tensors may reach, until changed again.
     *
     * @param usedBytes between micro-batches
     * @param card whose line it is, counted from 0, of a worker with several cards; 0 for one card
     */
    @WireName("MemoryLineChanged")
    record MemoryLineChanged(
            String workerId,
            long usedBytes,
            long lineBytes,
            long changedAtMillis,
            String note,

            @AddedLater("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
            int card)
            implements JournalRecord {

        /** Of a worker's only card. */
        public MemoryLineChanged(
                String workerId,
                long usedBytes,
                long lineBytes,
                long changedAtMillis,
                String note) {
            this(workerId, usedBytes, lineBytes, changedAtMillis, note, 0);
        }
    }

    /**
     * The bytes of its card that this worker may use, whatever the card has; of several cards, of
     * each of them. Whoever works under its id later has the cap too, until it is changed.
     *
     * @param capBytes 0: there is no cap any more
     * @param request the id of the request
     */
    @WireName("MemoryCapped")
    record MemoryCapped(String workerId, long capBytes, String request, String note)
            implements JournalRecord {}

    /**
     * What a micro-batch needed, for the forecast of all cards of that kind. Of a worker with
     * several cards there is one for each card, without a time, and one for all of them together,
     * without bytes.
     *
     * @param priorBytes by the model's shape; 0 where only the time is learned
     * @param costTokens its tokens, times what one costs under its memory plan; 0 when it failed
     * @param micros it took; 0 when it failed
     * @param workBytes its peak beyond what is in use between micro-batches; after an out of memory
     *     what it would have needed at least
     * @param timed what the time is of; empty when it failed
     */
    @WireName("MicroBatchWeighed")
    record MicroBatchWeighed(
            String card,
            long priorBytes,
            long workBytes,
            double costTokens,
            long micros,

            @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<TimedMicroBatch> timed)
            implements JournalRecord {}

    /**
     * Membership is fixed here. {@code openedAtMillis} is the planner's clock, for the step's
     * duration only.
     *
     * @param turns when each source's next sample is due, seen from the first sample of the next
     *     step: 2⁴⁸ is what lies between two samples of a source of weight 1. A source that is not
     *     named is due at once; empty while no source has a weight
     */
    @WireName("StepOpened")
    record StepOpened(
            long step,
            List<Long> ordinals,
            long openedAtMillis,
            String note,

            @AddedLater("{}") @JsonInclude(JsonInclude.Include.NON_EMPTY)
            SortedMap<String, Long> turns)
            implements JournalRecord {
        public StepOpened {
            ordinals = List.copyOf(ordinals);
            turns = Collections.unmodifiableSortedMap(new TreeMap<>(turns));
        }

        /** While no source has a weight. */
        public StepOpened(long step, List<Long> ordinals, long openedAtMillis, String note) {
            this(step, ordinals, openedAtMillis, note, Collections.emptySortedMap());
        }
    }

    /**
     * @param bestMicros what as many tokens of these lengths take under the plan that was measured
     *     as the fastest of those that were open to it; 0 while none was measured
     */
    @WireName("MicroBatchDispatched")
    record MicroBatchDispatched(
            Attempt attempt,
            String workerId,
            long generation,
            List<Long> ordinals,
            MemoryPlan plan,

            @AddedLater("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
            long bestMicros)
            implements JournalRecord {
        public MicroBatchDispatched {
            ordinals = List.copyOf(ordinals);
        }

        /** While no plan was measured. */
        public MicroBatchDispatched(
                Attempt attempt,
                String workerId,
                long generation,
                List<Long> ordinals,
                MemoryPlan plan) {
            this(attempt, workerId, generation, ordinals, plan, 0);
        }
    }

    /** The ledger now says: this attempt is in its worker's sum. */
    @WireName("MicroBatchAccepted")
    record MicroBatchAccepted(Attempt attempt, double lossNats, long lossTokens)
            implements JournalRecord {}

    /**
     * The attempt does not count; its sequences wait again.
     *
     * @param maxSequences the most sequences that may share a micro-batch when they are tried
     *     again; 0: no limit
     */
    @WireName("MicroBatchReturned")
    record MicroBatchReturned(Attempt attempt, FailureReason reason, String note, int maxSequences)
            implements JournalRecord {}

    /** The sequence leaves its step for the rejected topic. */
    @WireName("SampleRejected")
    record SampleRejected(long ordinal, RejectionReason reason, String note)
            implements JournalRecord {}

    @WireName("ContributionAsked")
    record ContributionAsked(
            long contribution,
            String workerId,
            long generation,
            long step,
            List<Long> attempts,

            @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<AheadNumbers> ahead)
            implements JournalRecord {
        public ContributionAsked {
            attempts = List.copyOf(attempts);
        }

        /** Of a sum that may be a part of the step. */
        public ContributionAsked(
                long contribution,
                String workerId,
                long generation,
                long step,
                List<Long> attempts) {
            this(contribution, workerId, generation, step, attempts, Optional.empty());
        }
    }

    @WireName("ContributionAccepted")
    record ContributionAccepted(ContributionRef contribution) implements JournalRecord {}

    /** The contribution does not count; its sequences wait again. */
    @WireName("ContributionVoided")
    record ContributionVoided(long contribution, String note) implements JournalRecord {}

    /** The step's contributions are complete and named, in the order of their summation. */
    @WireName("StepSumming")
    record StepSumming(long step, List<Long> contributions, long lossTokens)
            implements JournalRecord {
        public StepSumming {
            contributions = List.copyOf(contributions);
        }
    }

    @WireName("ShardSumAccepted")
    record ShardSumAccepted(
            int shard,
            long step,
            double squaredNorm,

            @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<ChunkSpan> published)
            implements JournalRecord {

        /** Of one contribution. */
        public ShardSumAccepted(int shard, long step, double squaredNorm) {
            this(shard, step, squaredNorm, Optional.empty());
        }
    }

    /** From here the step only rolls forward. Meanings as in {@link Command.FixClip}. */
    @WireName("ClipFixed")
    record ClipFixed(long step, double gradientNorm, double gradientScale, double learningRate)
            implements JournalRecord {}

    /** Not written any more: until then a step waited for all shards to write the version. */
    @WireName("ShardApplyAccepted")
    record ShardApplyAccepted(int shard, long step, long version) implements JournalRecord {}

    /**
     * The version is decided; who holds the one before can make it.
     *
     * @param update Adam's t, counted from 1
     * @param source of the sum; empty in a journal that wrote every version whole
     */
    @WireName("StepCommitted")
    record StepCommitted(
            long step,
            long version,
            @AddedLater("0") long update,

            @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<SumSource> source)
            implements JournalRecord {}

    /**
     * A contribution of {@code step} is void: the steps opened after it wait to be opened again.
     */
    @WireName("StepsUndone")
    record StepsUndone(long step, String note) implements JournalRecord {}

    /** The shards are told to write the state of {@code version}. */
    @WireName("StateAsked")
    record StateAsked(long version) implements JournalRecord {}

    @WireName("StateSaveAccepted")
    record StateSaveAccepted(int shard, long version, StatePlace place) implements JournalRecord {}

    @WireName("ShardDigestAccepted")
    record ShardDigestAccepted(int shard, long version, long digest) implements JournalRecord {}

    @WireName("WorkerDigestAccepted")
    record WorkerDigestAccepted(String workerId, long generation, long version, long digest)
            implements JournalRecord {}

    /**
     * The committed version is evaluated, between two steps. Its micro-batches are dispatched and
     * returned like a step's; their attempts have no step.
     *
     * @param ordinals of samples of sources that are for evaluation, ascending: all that are
     *     admitted, or as many as the run's settings allow
     * @param openedAtMillis the planner's clock, for the duration only
     */
    @WireName("EvaluationOpened")
    record EvaluationOpened(long version, List<Long> ordinals, long openedAtMillis, String note)
            implements JournalRecord {
        public EvaluationOpened {
            ordinals = List.copyOf(ordinals);
        }
    }

    /**
     * The micro-batch's loss on the version, unless its worker's generation ends before the
     * evaluation closes.
     */
    @WireName("Evaluated")
    record Evaluated(Attempt attempt, double lossNats, long lossTokens) implements JournalRecord {}

    /**
     * Every sample that was not rejected is evaluated once.
     *
     * @param loss nats per loss token: the micro-batches' losses, added in the order of the first
     *     ordinal of each, over {@code lossTokens}
     * @param perplexity exp(loss)
     * @param best no evaluated version before it that no rollback undid has a lower loss; it is
     *     then kept as the checkpoint that the run's settings ask for
     */
    @WireName("EvaluationClosed")
    record EvaluationClosed(
            long version,
            double loss,
            double perplexity,
            long lossTokens,
            int samples,
            boolean best)
            implements JournalRecord {}

    /** The evaluation ends without a figure. */
    @WireName("EvaluationDropped")
    record EvaluationDropped(long version, String note) implements JournalRecord {}

    /** Every member was rejected: the step ends without a new version. */
    @WireName("StepDropped")
    record StepDropped(long step, String note) implements JournalRecord {}

    @WireName("PauseChanged")
    record PauseChanged(boolean paused, String note) implements JournalRecord {}

    /** A request that is done as soon as those before it are. */
    @WireName("CheckpointAsked")
    record CheckpointAsked(String name, String request, String note) implements JournalRecord {}

    /** A request that is done as soon as those before it are. */
    @WireName("RollbackAsked")
    record RollbackAsked(String name, String request, String note) implements JournalRecord {}

    /** A request that cannot be done, and why. */
    @WireName("RequestRefused")
    record RequestRefused(String request, String note) implements JournalRecord {}

    /**
     * The version is being kept under the name; until every shard has, no clip is fixed, and one of
     * that name before is gone.
     *
     * @param stepsDone how many steps led there, those aside that rollbacks undid: where schedules
     *     go on
     */
    @WireName("CheckpointBegun")
    record CheckpointBegun(String name, long version, long stepsDone, DataPosition position)
            implements JournalRecord {}

    @WireName("CheckpointSaveAccepted")
    record CheckpointSaveAccepted(int shard, String name, long version) implements JournalRecord {}

    @WireName("CheckpointTaken")
    record CheckpointTaken(String name, long version) implements JournalRecord {}

    /** It cannot be rolled back to any more. Its tensors stay. */
    @WireName("CheckpointExpired")
    record CheckpointExpired(String name, String note) implements JournalRecord {}

    /** The step ends without a version; its members wait to be put in a step again. */
    @WireName("StepAbandoned")
    record StepAbandoned(long step, String note) implements JournalRecord {}

    /** From here the rollback only rolls forward. */
    @WireName("RollbackBegun")
    record RollbackBegun(String name, long baseVersion) implements JournalRecord {}

    @WireName("CheckpointRestoreAccepted")
    record CheckpointRestoreAccepted(int shard, String name, long version)
            implements JournalRecord {}

    /**
     * The checkpoint's state is the version {@code version}; what was trained since it was taken
     * waits again.
     */
    @WireName("RolledBack")
    record RolledBack(String name, long ofVersion, long version) implements JournalRecord {}

    /**
     * All that was trained in the epoch before is to be trained again, in an order of its own. The
     * first epoch is 0 and is not journaled.
     */
    @WireName("EpochStarted")
    record EpochStarted(int epoch) implements JournalRecord {}

    /** No more samples are awaited: what is admitted is trained, then the run ends. */
    @WireName("FinishAsked")
    record FinishAsked(String note) implements JournalRecord {}

    @WireName("RunFinished")
    record RunFinished(String note) implements JournalRecord {}

    /** The whole state as the planner's own JSON, so that replay may start here. */
    @WireName(value = "SnapshotTaken", version = 1)
    record SnapshotTaken(String stateJson) implements JournalRecord {}
}
