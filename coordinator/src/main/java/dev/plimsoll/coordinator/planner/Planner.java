package dev.plimsoll.coordinator.planner;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.liveness.Liveness;
import dev.plimsoll.coordinator.planner.rules.CheckpointRules;
import dev.plimsoll.coordinator.planner.rules.ContributionRules;
import dev.plimsoll.coordinator.planner.rules.DigestRules;
import dev.plimsoll.coordinator.planner.rules.DispatchRules;
import dev.plimsoll.coordinator.planner.rules.EvaluationRules;
import dev.plimsoll.coordinator.planner.rules.FailureRules;
import dev.plimsoll.coordinator.planner.rules.MembershipRules;
import dev.plimsoll.coordinator.planner.rules.MemoryRules;
import dev.plimsoll.coordinator.planner.rules.OldStepRules;
import dev.plimsoll.coordinator.planner.rules.OpeningRules;
import dev.plimsoll.coordinator.planner.rules.SourceRules;
import dev.plimsoll.coordinator.planner.rules.StateRules;
import dev.plimsoll.coordinator.planner.rules.UpdateRules;
import dev.plimsoll.coordinator.planner.rules.WorkerRules;
import dev.plimsoll.coordinator.planner.source.Sources;
import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.Evaluations;
import dev.plimsoll.coordinator.planner.state.Fleet;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.RunStatus;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.List;
import java.util.Optional;

/**
 * Decides what follows from an input. Pure: the same arguments give the same decision, and none is
 * changed. An input that repeats, is late or is of an old generation leads to nothing, and the
 * decision says why. Safe for use by several threads.
 */
public final class Planner {
    private final Loading loading;
    private final int maxUndoableSamples;

    /** @param peaks of the run's model */
    public Planner(PeakModel peaks) {
        this(peaks, CheckpointRules.MAX_UNDOABLE_SAMPLES);
    }

    /** @param maxUndoableSamples beyond which checkpoints expire, in a run of one epoch */
    public Planner(PeakModel peaks, int maxUndoableSamples) {
        this.loading = new Loading(peaks);
        this.maxUndoableSamples = maxUndoableSamples;
    }

    public Decision decide(PlannerState state, Liveness liveness, Input input, long nowMillis) {
        return decide(state, liveness, List.of(input), nowMillis);
    }

    /** One decision, for one transaction, on several inputs in their order. */
    public Decision decide(
            PlannerState state, Liveness liveness, List<Input> inputs, long nowMillis) {
        Draft draft = new Draft(state, nowMillis);
        for (Input input : inputs) {
            take(draft, liveness, input);
            advance(draft, liveness);
        }
        return draft.decision();
    }

    private void take(Draft draft, Liveness liveness, Input input) {
        switch (input) {
            case Input.SampleArrived arrived -> arrived(draft, arrived);
            case Input.Reported(Report.OfShard report) -> ofShard(draft, report);
            case Input.Reported(Report.Joined joined) ->
                MembershipRules.joined(draft, joined, loading.layers());
            case Input.Reported(Report.OfGeneration report) ->
                draft.state()
                        .fleet()
                        .current(report.workerId(), report.generation())
                        .ifPresentOrElse(
                                worker -> ofWorker(draft, worker, report),
                                () -> MembershipRules.heardFromPast(draft, report));
            case Input.Asked(Control control) -> asked(draft, control);
            case Input.Tick() -> {
                expire(draft, liveness);
                UpdateRules.nameAgain(draft, liveness.rereads());
            }
            case Input.InputsDeleted deleted -> {
                draft.because("lost: " + deleted);
                draft.record(new JournalRecord.InputLost(
                        deleted.partition(), deleted.fromOffset(), deleted.toOffset()));
            }
        }
    }

    private static void arrived(Draft draft, Input.SampleArrived arrived) {
        PlannerState state = draft.state();
        SequenceRef sequence = arrived.sequence();
        if (state.status().finished()) {
            draft.because(
                    "void: ordinal " + sequence.ordinal() + " comes after the end of the run");
            return;
        }
        if (sequence.ordinal() < state.backlog().nextOrdinal()) {
            draft.because("void: ordinal " + sequence.ordinal() + " is admitted");
            return;
        }
        if (state.backlog().isAdmitted(arrived.origin())) {
            draft.because("void: " + arrived.origin() + " is admitted already, and ordinal "
                    + sequence.ordinal() + " repeats it");
            return;
        }
        AdmittedSample sample = new AdmittedSample(
                sequence, arrived.sampleId(), arrived.origin(), arrived.source());
        if (state.backlog().isEnded()) {
            draft.because("ordinal " + sequence.ordinal() + " comes after the end of the data");
            draft.turnAway(
                    sample,
                    RejectionReason.AFTER_THE_END,
                    "it came after the run was asked to finish and had begun its second epoch, "
                            + "which trains what the first had; submit it to another run");
            return;
        }
        draft.because("ordinal " + sequence.ordinal() + " admitted");
        draft.record(new JournalRecord.SampleAdmitted(
                sequence, arrived.sampleId(), arrived.origin(), arrived.source()));
        int maxTokens = state.run().fleet().maxSequenceTokens();
        if (sequence.tokens() > maxTokens) {
            String note =
                    "it has " + sequence.tokens() + " tokens; the run's limit is " + maxTokens;
            draft.reject(sample, RejectionReason.TOO_MANY_TOKENS, note);
        } else if (sequence.lossTokens() == 0) {
            draft.reject(
                    sample,
                    RejectionReason.NOTHING_TO_TRAIN,
                    "none of its tokens counts in the loss");
        } else if (draft.state().backlog().sources().find(arrived.source()).isEmpty()) {
            draft.reject(
                    sample,
                    RejectionReason.BAD_FIELD,
                    "it names the source " + arrived.source() + ", and there are "
                            + Sources.MAX_SOURCES + " others already, which is the most");
        } else if (draft.state().evaluations().isFull()
                && draft.state().backlog().sources().isEvaluation(arrived.source())) {
            draft.reject(
                    sample,
                    RejectionReason.BAD_FIELD,
                    "its source " + arrived.source() + " is for evaluation, and there are "
                            + Evaluations.MAX_SAMPLES + " such samples already, which is the most");
        }
    }

    private void ofWorker(Draft draft, Worker worker, Report.OfGeneration report) {
        switch (report) {
            case Report.Ready ready -> MembershipRules.ready(draft, ready, worker);
            // the progress that it tells is in Liveness, and is not journaled
            case Report.Heartbeat heartbeat -> MembershipRules.remind(draft, worker);
            case Report.MemoryRead read -> MemoryRules.read(draft, loading, worker, read.memory());
            case Report.Draining draining -> MembershipRules.draining(draft, draining, worker);
            case Report.Left left -> MembershipRules.lose(draft, worker, "left: " + left.note());
            case Report.MicroBatchTrained trained ->
                ContributionRules.underWay(draft.state(), trained.attempt(), worker)
                        .filter(entry -> !entry.attempt().evaluates())
                        .ifPresentOrElse(
                                entry -> {
                                    ContributionRules.trained(draft, worker, entry, trained);
                                    MemoryRules.trained(draft, loading, worker, entry, trained);
                                },
                                () -> draft.because(
                                        "void: " + trained.attempt() + " is not under way"));
            case Report.MicroBatchEvaluated evaluated ->
                ContributionRules.underWay(draft.state(), evaluated.attempt(), worker)
                        .filter(entry -> entry.attempt().evaluates())
                        .ifPresentOrElse(
                                entry -> EvaluationRules.evaluated(draft, worker, entry, evaluated),
                                () -> draft.because(
                                        "void: " + evaluated.attempt() + " is not under way"));
            case Report.MicroBatchFailed failed ->
                ContributionRules.underWay(draft.state(), failed.attempt(), worker)
                        .ifPresentOrElse(
                                entry -> {
                                    boolean others = MemoryRules.failed(
                                            draft, loading, worker, entry, failed);
                                    FailureRules.failed(draft, worker, entry, failed, others);
                                },
                                () -> draft.because(
                                        "void: " + failed.attempt() + " is not under way"));
            case Report.Contributed contributed ->
                ContributionRules.contributed(draft, worker, contributed);
            case Report.VersionHeld held -> DigestRules.held(draft, worker, held);
        }
    }

    private static void ofShard(Draft draft, Report.OfShard report) {
        int shards = draft.state().run().fleet().shards();
        if (report.shard() < 0 || report.shard() >= shards) {
            draft.because("void: there is no shard " + report.shard());
            return;
        }
        switch (report) {
            case Report.CheckpointSaved saved -> CheckpointRules.saved(draft, saved);
            case Report.CheckpointRestored restored -> CheckpointRules.restored(draft, restored);
            case Report.StateSaved saved -> StateRules.saved(draft, saved);
            case Report.ShardApplied applied -> DigestRules.applied(draft, applied);
            case Report.ShardReady ready -> {
                UpdateRules.shardReady(draft, ready);
                CheckpointRules.shardReady(draft, ready);
            }
            case Report.ContributionUnusable unusable -> UpdateRules.unusable(draft, unusable);
            case Report.ShardSummed summed -> summed(draft, summed);
        }
    }

    private static void summed(Draft draft, Report.ShardSummed report) {
        Optional<StepWork> oldest =
                draft.state().oldest().filter(work -> work.step().step() == report.step());
        if (oldest.isPresent()
                && oldest.get().step().phase() instanceof StepPhase.Summing summing) {
            UpdateRules.summed(draft, oldest.get(), summing, report);
        } else {
            draft.because("void: " + report);
        }
    }

    private void asked(Draft draft, Control control) {
        RunStatus status = draft.state().status();
        if (control instanceof Control.Once once) {
            switch (once) {
                case Control.OfCheckpoint asked -> CheckpointRules.asked(draft, asked);
                case Control.OfSource asked -> SourceRules.asked(draft, asked);
                case Control.OfWorker asked -> WorkerRules.asked(draft, loading, asked);
            }
            return;
        }
        if (status.finished()) {
            draft.because("void: the run is finished");
            return;
        }
        switch (control) {
            case Control.Once once -> {}
            case Control.Finish finish
            when !status.finishAsked() ->
                draft.record(new JournalRecord.FinishAsked("by " + finish.requestedBy()));
            case Control.Pause pause
            when !status.paused() ->
                draft.record(new JournalRecord.PauseChanged(true, "by " + pause.requestedBy()));
            case Control.Resume resume
            when status.paused() ->
                draft.record(new JournalRecord.PauseChanged(false, "by " + resume.requestedBy()));
            case Control.Finish again -> draft.because("finishing already");
            case Control.Pause again -> draft.because("paused already");
            case Control.Resume again -> draft.because("not paused");
        }
    }

    private void expire(Draft draft, Liveness liveness) {
        Fleet fleet = draft.state().fleet();
        var lease = draft.state().run().fleet().lease();
        liveness.expired(fleet.workers(), lease, draft.nowMillis())
                .forEach(worker ->
                        MembershipRules.lose(draft, worker, "not heard for more than " + lease));
        liveness.stalled(draft.state(), draft.nowMillis())
                .forEach(stalled -> MembershipRules.lose(draft, stalled.worker(), stalled.note()));
        liveness.straggling(draft.state(), loading, draft.nowMillis())
                .ifPresent(straggler ->
                        MembershipRules.lose(draft, straggler.worker(), straggler.note()));
    }

    /**
     * Takes every further decision that is possible now, to the point where something must be
     * waited for.
     */
    private void advance(Draft draft, Liveness liveness) {
        int before;
        do {
            before = draft.size();
            CheckpointRules.run(draft, maxUndoableSamples);
            SourceRules.run(draft);
            ContributionRules.undo(draft);
            settle(draft);
            draft.state()
                    .front()
                    .filter(work -> work.step().phase() instanceof StepPhase.Training)
                    .ifPresent(work -> train(draft, work));
            EvaluationRules.run(draft, loading);
            // of what was evaluated: it was held back until the evaluation closed
            SourceRules.run(draft);
            if (mayOpen(draft.state())) {
                OpeningRules.run(draft, liveness);
            }
            StateRules.run(draft);
        } while (draft.size() > before);
    }

    private static boolean mayOpen(PlannerState state) {
        return state.hasRoomForStep()
                && !EvaluationRules.goesFirst(state)
                && !state.checkpoints().isRestoring()
                && !state.status().finished();
    }

    /** Leads the oldest step on towards its commit. */
    private static void settle(Draft draft) {
        draft.state().oldest().ifPresent(work -> {
            switch (work.step().phase()) {
                case StepPhase.Training training -> {
                    if (!work.step().members().isEmpty()) {
                        UpdateRules.sum(draft, work);
                    }
                }
                case StepPhase.Summing summing -> UpdateRules.commit(draft, work, summing);
                case StepPhase.Applying applying -> OldStepRules.commit(draft, work, applying);
            }
        });
    }

    private void train(Draft draft, StepWork work) {
        DispatchRules.run(draft, work, loading);
        OpenStep step = work.step();
        if (step.members().isEmpty()) {
            draft.because("step " + step.step() + " is dropped");
            draft.record(new JournalRecord.StepDropped(step.step(), "every member was rejected"));
            return;
        }
        ContributionRules.ask(draft, work);
    }
}
