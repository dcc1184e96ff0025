package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.codec.Checked;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;

import java.util.List;
import java.util.Optional;

/**
 * What workers and parameter-server shards tell the planner. At least once: may repeat, may arrive
 * late.
 */
@WireFamily(name = "plimsoll.report")
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Report extends Checked {

    /** The record key: reports of one sender keep their order. */
    String sender();

    @Override
    default Optional<String> impossible() {
        return ReportBounds.impossible(this);
    }

    /** A report of a worker. */
    sealed interface OfWorker extends Report {
        String workerId();

        @Override
        default String sender() {
            return workerId();
        }
    }

    /**
     * A report of a worker that has been admitted; void when its generation is not the worker's
     * current one.
     */
    sealed interface OfGeneration extends OfWorker {
        long generation();
    }

    /** A report of one shard of the parameter server. */
    sealed interface OfShard extends Report {
        int shard();

        @Override
        default String sender() {
            return "shard-" + shard();
        }
    }

    /** A process asks to work. The incarnation is new with every process start. */
    @WireName("Joined")
    record Joined(String workerId, String incarnation, String modelHash, WorkerDevice device)
            implements OfWorker {}

    /** The adapter {@code version} is loaded and the lane is being read. */
    @WireName("Ready")
    record Ready(String workerId, long generation, long version) implements OfGeneration {}

    /**
     * The micro-batch is in the sum.
     *
     * @param lossNats summed negative log-likelihood over its loss tokens
     */
    @WireName("MicroBatchTrained")
    record MicroBatchTrained(
            String workerId,
            long generation,
            Attempt attempt,
            double lossNats,
            long lossTokens,
            TrainMeasures measures)
            implements OfGeneration {}

    /**
     * The micro-batch went forward through the model; the sum is as it was.
     *
     * @param version that the worker held
     * @param lossNats summed negative log-likelihood over its loss tokens, added in fp64
     */
    @WireName("MicroBatchEvaluated")
    record MicroBatchEvaluated(
            String workerId,
            long generation,
            Attempt attempt,
            long version,
            double lossNats,
            long lossTokens,
            TrainMeasures measures)
            implements OfGeneration {}

    /**
     * The micro-batch left no trace in the sum. {@code wantedBytes} is 0 unless out of memory.
     *
     * @param card of several cards the one that is out of memory, counted from 0; 0 otherwise
     */
    @WireName("MicroBatchFailed")
    record MicroBatchFailed(
            String workerId,
            long generation,
            Attempt attempt,
            FailureReason reason,
            String note,
            long wantedBytes,

            @AddedLater("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
            int card)
            implements OfGeneration {
        public MicroBatchFailed {
            note = Shown.note(note);
        }

        /** On a worker's only card, or for a reason that is no card's. */
        public MicroBatchFailed(
                String workerId,
                long generation,
                Attempt attempt,
                FailureReason reason,
                String note,
                long wantedBytes) {
            this(workerId, generation, attempt, reason, note, wantedBytes, 0);
        }
    }

    /**
     * Every chunk of the contribution is acknowledged by the broker; the sum started anew from
     * zero.
     */
    @WireName("Contributed")
    record Contributed(
            String workerId,
            long generation,
            long contribution,
            long step,
            List<Long> attempts,
            List<ChunkSpan> spans)
            implements OfGeneration {
        public Contributed {
            attempts = List.copyOf(attempts);
            spans = List.copyOf(spans);
        }
    }

    /**
     * Alive. {@code attempt} is 0 when idle; {@code layersDone} counts forward and backward
     * together.
     */
    @WireName("Heartbeat")
    record Heartbeat(String workerId, long generation, long attempt, int layersDone)
            implements OfGeneration {}

    /**
     * The worker has made or read {@code version}. Said before anything that it trains on top of
     * it; of a version that it makes ahead, before that is committed.
     *
     * @param digest of the whole adapter
     */
    @WireName("VersionHeld")
    record VersionHeld(String workerId, long generation, long version, long digest)
            implements OfGeneration {}

    /**
     * The card's memory, once before {@link Ready} and whenever it changed by something that
     * matters.
     */
    @WireName("MemoryRead")
    record MemoryRead(String workerId, long generation, MemoryMeasures memory)
            implements OfGeneration {}

    /**
     * Wants to leave: takes nothing new, hands back what it has not begun, and waits to be asked
     * for what its sum holds.
     */
    @WireName("Draining")
    record Draining(String workerId, long generation, String note) implements OfGeneration {
        public Draining {
            note = Shown.note(note);
        }
    }

    /** Going away on purpose; what the sum held is lost. */
    @WireName("Left")
    record Left(String workerId, long generation, String note) implements OfGeneration {
        public Left {
            note = Shown.note(note);
        }
    }

    /** A report of a shard on the step that is open. */
    sealed interface OfStep extends OfShard {
        long step();
    }

    /** The shard is loaded at this version and listens. */
    @WireName("ShardReady")
    record ShardReady(int shard, long version) implements OfShard {}

    /**
     * The contributions are summed; {@code squaredNorm} is of the unnormalised sum.
     *
     * @param contributions what was summed: a step may be summed again, of others, when one proved
     *     unusable
     * @param published where the sum lies in {@code sums}, written in the same transaction; empty
     *     for one contribution alone
     */
    @WireName("ShardSummed")
    record ShardSummed(
            int shard,
            long step,
            List<Long> contributions,
            double squaredNorm,

            @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<ChunkSpan> published)
            implements OfStep {
        public ShardSummed {
            contributions = List.copyOf(contributions);
        }

        /** Of one contribution. */
        public ShardSummed(int shard, long step, List<Long> contributions, double squaredNorm) {
            this(shard, step, contributions, squaredNorm, Optional.empty());
        }
    }

    /**
     * A contribution cannot be used: its chunks are missing, damaged, not finite, or name other
     * attempts.
     */
    @WireName("ContributionUnusable")
    record ContributionUnusable(int shard, long step, long contribution, String note)
            implements OfStep {
        public ContributionUnusable {
            note = Shown.note(note);
        }
    }

    /**
     * The shard has made {@code version}. It is not durable by that; see {@link StateSaved}.
     *
     * @param digest of the shard's parameters; the shards' digests add up to the version's
     */
    @WireName("ShardApplied")
    record ShardApplied(
            int shard,
            long step,
            long version,
            @AddedLater("0") long digest) implements OfShard {}

    /** The shard's state of {@code version} is written. */
    @WireName("StateSaved")
    record StateSaved(int shard, long version, StatePlace place) implements OfShard {}

    /** The shard's part of the checkpoint is durable. */
    @WireName("CheckpointSaved")
    record CheckpointSaved(int shard, String name, long version) implements OfShard {}

    /** The checkpoint's state is durable as the shard's version {@code version}. */
    @WireName("CheckpointRestored")
    record CheckpointRestored(int shard, String name, long version) implements OfShard {}
}
