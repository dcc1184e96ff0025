package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.Checkpoint;
import dev.plimsoll.coordinator.planner.state.CheckpointWork;
import dev.plimsoll.coordinator.planner.state.Checkpoints;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;

import java.util.Optional;

/**
 * Checkpoints and rollbacks, one after the other, in the order in which they were asked for.
 *
 * <p>A checkpoint is of the version that is current when its turn comes, and of the samples trained
 * up to it, without those of open steps. Shards hold that version until the next is committed, so
 * the commit waits for them. A rollback abandons the open steps and makes the checkpoint's state
 * the next version; what was trained since waits again.
 */
public final class CheckpointRules {
    /**
     * The most samples that a rollback can undo in a run of one epoch. A checkpoint that lies
     * farther back expires. Each sample takes some hundred bytes.
     */
    public static final int MAX_UNDOABLE_SAMPLES = 262_144;

    private CheckpointRules() {}

    public static void asked(Draft draft, Control.OfCheckpoint asked) {
        Checkpoints checkpoints = draft.state().checkpoints();
        if (checkpoints.isKnown(asked.request())) {
            draft.because("void: request " + asked.request() + " was asked for before");
        } else if (draft.state().status().finished()) {
            refuse(draft, asked.request(), "the run is finished; its last version can be exported");
        } else if (asked instanceof Control.Checkpoint
                && EvaluationRules.owns(draft.state(), asked.name())) {
            refuse(
                    draft,
                    asked.request(),
                    "this run keeps the version with the lowest loss in an evaluation as "
                            + "checkpoint '" + asked.name() + "'; use another name");
        } else if (checkpoints.isFull()) {
            refuse(
                    draft,
                    asked.request(),
                    Checkpoints.MAX_WAITING + " requests wait already; ask again later");
        } else {
            String note = "by " + asked.requestedBy();
            draft.because(asked.getClass().getSimpleName() + " " + asked.name() + " is asked for "
                    + note);
            draft.record(
                    switch (asked) {
                        case Control.Checkpoint(String name, String request, String by) ->
                            new JournalRecord.CheckpointAsked(name, request, note);
                        case Control.Rollback(String name, String request, String by) ->
                            new JournalRecord.RollbackAsked(name, request, note);
                    });
        }
    }

    private static void refuse(Draft draft, String request, String note) {
        draft.because("request " + request + " is refused: " + note);
        draft.record(new JournalRecord.RequestRefused(request, note));
    }

    /**
     * Begins the next request as soon as possible. A step whose clip is fixed is committed first.
     */
    public static void run(Draft draft, int maxUndoable) {
        expire(draft, maxUndoable);
        PlannerState state = draft.state();
        while (state.checkpoints().work().isEmpty() && !isApplying(state)) {
            Optional<Checkpoints.Request> next = state.checkpoints().next();
            if (next.isEmpty()) {
                return;
            }
            if (next.get().rollback()) {
                beginRollback(draft, next.get());
            } else {
                beginCheckpoint(draft, next.get());
            }
        }
    }

    private static boolean isApplying(PlannerState state) {
        return state.oldest()
                .filter(work -> work.step().phase() instanceof StepPhase.Applying)
                .isPresent();
    }

    private static void beginCheckpoint(Draft draft, Checkpoints.Request request) {
        PlannerState state = draft.state();
        Checkpoints checkpoints = state.checkpoints();
        if (checkpoints.taken().size() >= Checkpoints.MAX_CHECKPOINTS
                && !checkpoints.taken().containsKey(request.name())) {
            expireOldest(draft, Checkpoints.MAX_CHECKPOINTS + " newer ones are kept");
        }
        draft.because("checkpoint " + request.name() + " is saved");
        draft.record(new JournalRecord.CheckpointBegun(
                request.name(),
                state.status().version(),
                state.status().stepsDone(),
                state.position()));
        command(draft);
    }

    private static void beginRollback(Draft draft, Checkpoints.Request request) {
        PlannerState state = draft.state();
        if (!state.checkpoints().taken().containsKey(request.name())) {
            refuse(
                    draft,
                    request.request(),
                    "there is no checkpoint '" + request.name() + "' to roll back to; there are "
                            + state.checkpoints().taken().keySet());
            return;
        }
        draft.because("rollback to " + request.name());
        String note = "rollback to " + request.name();
        ContributionRules.loseAuthors(draft, note);
        EvaluationRules.drop(draft, note);
        while (state.front().isPresent()) {
            long step = state.front().get().step().step();
            draft.record(new JournalRecord.StepAbandoned(step, note));
        }
        draft.record(
                new JournalRecord.RollbackBegun(request.name(), state.status().version()));
        command(draft);
    }

    /** Tells all shards. A shard that has done it already answers again. */
    private static void command(Draft draft) {
        draft.state().checkpoints().work().ifPresent(work -> {
            Checkpoint checkpoint = work.checkpoint();
            draft.command(
                    switch (work) {
                        case CheckpointWork.Saving saving ->
                            new Command.SaveCheckpoint(checkpoint.name(), checkpoint.version());
                        case CheckpointWork.Restoring restoring ->
                            new Command.RestoreCheckpoint(
                                    checkpoint.name(),
                                    checkpoint.version(),
                                    restoring.baseVersion());
                    });
        });
    }

    /** A shard came up, or may have missed a command. */
    public static void shardReady(Draft draft, Report.ShardReady ready) {
        draft.state()
                .checkpoints()
                .work()
                .filter(work -> !work.shards().contains(ready.shard()))
                .ifPresent(work -> {
                    draft.because("shard " + ready.shard() + " is ready: it is told of checkpoint "
                            + work.checkpoint().name() + " again");
                    command(draft);
                });
    }

    public static void saved(Draft draft, Report.CheckpointSaved report) {
        Optional<CheckpointWork> work = draft.state().checkpoints().work();
        boolean awaited =
                work.orElse(null) instanceof CheckpointWork.Saving(Checkpoint saving, var shards)
                        && saving.name().equals(report.name())
                        && saving.version() == report.version()
                        && !shards.contains(report.shard());
        if (!awaited) {
            draft.because("void: " + report);
            return;
        }
        draft.because("shard " + report.shard() + " saved checkpoint " + report.name());
        draft.record(new JournalRecord.CheckpointSaveAccepted(
                report.shard(), report.name(), report.version()));
        if (allShards(draft.state())) {
            draft.record(new JournalRecord.CheckpointTaken(report.name(), report.version()));
        }
    }

    public static void restored(Draft draft, Report.CheckpointRestored report) {
        Optional<CheckpointWork> work = draft.state().checkpoints().work();
        boolean awaited = work.orElse(null)
                        instanceof CheckpointWork.Restoring(var of, long baseVersion, var shards)
                && of.name().equals(report.name())
                && baseVersion + 1 == report.version()
                && !shards.contains(report.shard());
        if (!awaited) {
            draft.because("void: " + report);
            return;
        }
        draft.because("shard " + report.shard() + " restored checkpoint " + report.name());
        draft.record(new JournalRecord.CheckpointRestoreAccepted(
                report.shard(), report.name(), report.version()));
        if (allShards(draft.state())) {
            long ofVersion = work.orElseThrow().checkpoint().version();
            draft.record(new JournalRecord.RolledBack(report.name(), ofVersion, report.version()));
            draft.command(new Command.VersionCommitted(
                    draft.state().status().nextStep() - 1, report.version()));
        }
    }

    private static boolean allShards(PlannerState state) {
        return state.checkpoints().work().orElseThrow().shards().size()
                == state.run().fleet().shards();
    }

    /**
     * Expires the oldest checkpoint while too many samples are kept for it, unless the shards are
     * saving or restoring one.
     */
    public static void expire(Draft draft, int maxUndoable) {
        PlannerState state = draft.state();
        while (state.run().steps().epochs() == 1
                && state.checkpoints().work().isEmpty()
                && state.checkpoints().oldest().isPresent()
                && state.backlog().trained() > maxUndoable) {
            expireOldest(draft, "more than " + maxUndoable + " samples were trained since");
        }
    }

    private static void expireOldest(Draft draft, String note) {
        Checkpoint oldest = draft.state().checkpoints().oldest().orElseThrow();
        draft.because("checkpoint " + oldest.name() + " expires: " + note);
        draft.record(new JournalRecord.CheckpointExpired(oldest.name(), note));
    }
}
