package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;
import dev.plimsoll.wire.run.RunSettings;

import java.util.List;
import java.util.Optional;

/**
 * What the planner asks for, in the topic {@code commands}. Lane 0 is read by all and carries only
 * idempotent state; every ordered command travels on its worker's lane. Delivered at least once to
 * a live worker: a command may repeat after a restart, and a stale generation makes it void.
 */
@WireFamily(name = "plimsoll.command")
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Command {

    /** A command for one worker, ordered on that worker's lane. */
    sealed interface Laned extends Command {
        String workerId();

        long generation();
    }

    /** A command that is done in its turn, after those before it on the lane. */
    sealed interface Queued extends Laned {}

    /** Sequences that go through the model together, under a memory plan. */
    sealed interface OfMicroBatch extends Queued {
        Attempt attempt();

        /** That the worker must hold. */
        long version();

        List<SequenceRef> sequences();

        MemoryPlan plan();
    }

    /** A command every process may read, in any order, any number of times. */
    sealed interface Broadcast extends Command {}

    /** A broadcast to the shards of the parameter server alone. */
    sealed interface OfShards extends Broadcast {}

    /**
     * The answer to {@link Report.Joined}: seek the lane's end, load {@code version}, report ready.
     * It also comes unasked, with a new generation, to an incarnation that was taken for lost and
     * is heard again: the same applies, and what its sum held is void. The worker reads a state of
     * {@code version} or a later one, whatever it holds, and folds each {@link FixClip} since.
     *
     * @param state where the newest state begins that every shard has written; the one to be read
     *     is that or comes after it. Empty: read from the beginning
     */
    @WireName("Admitted")
    record Admitted(
            String workerId,
            String incarnation,
            int lane,
            long generation,
            long version,
            RunSettings run,
            @AddedLater("[]") List<StatePlace> state)
            implements Broadcast {
        public Admitted {
            state = List.copyOf(state);
        }

        /** Of which no state is known. */
        public Admitted(
                String workerId,
                String incarnation,
                int lane,
                long generation,
                long version,
                RunSettings run) {
            this(workerId, incarnation, lane, generation, version, run, List.of());
        }
    }

    /** The other answer to {@link Report.Joined}; the worker prints the note and ends. */
    @WireName("Refused")
    record Refused(String workerId, String incarnation, RefusalReason reason, String note)
            implements Broadcast {}

    /**
     * A rollback made {@code version}, which is written whole: who holds another version, also one
     * that is not committed, reads this one. A step's version is told by {@link FixClip}.
     */
    @WireName("VersionCommitted")
    record VersionCommitted(long step, long version) implements Broadcast {}

    /**
     * Train the sequences on {@code version} and add their gradient to the sum, whole or not at
     * all.
     */
    @WireName("TrainMicroBatch")
    record TrainMicroBatch(
            String workerId,
            long generation,
            Attempt attempt,
            long version,
            List<SequenceRef> sequences,
            MemoryPlan plan)
            implements OfMicroBatch {
        public TrainMicroBatch {
            sequences = List.copyOf(sequences);
        }
    }

    /**
     * Tell the loss of the sequences on exactly {@code version}; the sum stays as it is. Void for a
     * worker that holds a later version.
     */
    @WireName("EvaluateMicroBatch")
    record EvaluateMicroBatch(
            String workerId,
            long generation,
            Attempt attempt,
            long version,
            List<SequenceRef> sequences,
            MemoryPlan plan)
            implements OfMicroBatch {
        public EvaluateMicroBatch {
            sequences = List.copyOf(sequences);
        }
    }

    /** Hand the micro-batch back unless it has begun; one that has is reported as ever. */
    @WireName("Recall")
    record Recall(String workerId, long generation, Attempt attempt) implements Laned {}

    /** End what is in work, contribute, and leave. It may repeat. */
    @WireName("Drain")
    record Drain(String workerId, long generation, String note) implements Laned {}

    /**
     * Between micro-batches, hold no more of the card than the line under this cap; of several
     * cards, of each of them. It may repeat; the last one counts, and a new generation begins
     * without a cap.
     *
     * @param capBytes 0: no cap
     */
    @WireName("CapMemory")
    record CapMemory(String workerId, long generation, long capBytes) implements Laned {}

    /**
     * Publish the sum, which must hold exactly {@code attempts}, and start a new one from zero.
     *
     * @param ahead the sum is all of the step: if it holds the attempts, make the next version of
     *     it, as it travels, and go on with that. {@link FixClip} confirms it
     */
    @WireName("Contribute")
    record Contribute(
            String workerId,
            long generation,
            long contribution,
            long step,
            List<Long> attempts,

            @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<AheadNumbers> ahead)
            implements Queued {
        public Contribute {
            attempts = List.copyOf(attempts);
        }

        /** Of a sum that may be a part of the step. */
        public Contribute(
                String workerId,
                long generation,
                long contribution,
                long step,
                List<Long> attempts) {
            this(workerId, generation, contribution, step, attempts, Optional.empty());
        }
    }

    /**
     * To every replica: these contributions to a step are on their way, or here, and will be named
     * in this order unless one of them turns out void. A shard may sum what arrives, and a worker
     * may read the sum while it is published; nothing of that counts before {@link ApplyStep} and
     * {@link FixClip} say the same. It comes once, and may be out of date.
     *
     * @param contributions several, in the order of summation
     * @param arrived where those lie that are accepted already
     */
    @WireName("ExpectContributions")
    record ExpectContributions(
            long step, long baseVersion, List<Long> contributions, List<ChunkSpan> arrived)
            implements Broadcast {
        public ExpectContributions {
            contributions = List.copyOf(contributions);
            arrived = List.copyOf(arrived);
        }
    }

    /**
     * To the parameter server: sum these contributions, in this order, on top of
     * {@code baseVersion}.
     */
    @WireName("ApplyStep")
    record ApplyStep(
            long step, long baseVersion, List<ContributionRef> contributions, long lossTokens)
            implements OfShards {
        public ApplyStep {
            contributions = List.copyOf(contributions);
        }
    }

    /**
     * The step is committed: to every replica, shards and workers, make {@code version} of the one
     * before. A replica that has it ignores this. May come again, for shards that start from an
     * older state; sent in the order of versions.
     *
     * @param gradientNorm L2 norm of the mean gradient before clipping, over all shards
     * @param gradientScale factor from the unnormalised sum to the clipped mean: min(1, maxNorm /
     *     norm) / lossTokens
     * @param update Adam's t, counted from 1
     * @param source of the sum
     */
    @WireName("FixClip")
    record FixClip(
            long step,
            double gradientNorm,
            double gradientScale,
            double learningRate,
            @AddedLater("0") long version,
            @AddedLater("0") long update,

            @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<SumSource> source)
            implements Broadcast {}

    /**
     * To the parameter server: write the state of {@code version}, which a shard is at when it
     * reads this in its turn. Void for a shard that is at another version.
     */
    @WireName("SaveState")
    record SaveState(long version) implements OfShards {}

    /**
     * To the parameter server: keep {@code version} under a name of its own. Void for a shard that
     * is at another version.
     */
    @WireName("SaveCheckpoint")
    record SaveCheckpoint(String name, long version) implements OfShards {}

    /**
     * To the parameter server: write the checkpoint, which is of {@code ofVersion}, as the version
     * after {@code baseVersion}.
     */
    @WireName("RestoreCheckpoint")
    record RestoreCheckpoint(String name, long ofVersion, long baseVersion) implements OfShards {}

    /** The run is over: workers leave. */
    @WireName("FinishRun")
    record FinishRun(String note) implements Broadcast {}
}
