package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.liveness.Liveness;
import dev.plimsoll.coordinator.planner.state.NextStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.RunStatus;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.run.StepSettings;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Decides when a step opens, with which members, and when the run ends. */
public final class OpeningRules {
    private OpeningRules() {}

    public static void run(Draft draft, Liveness liveness) {
        PlannerState state = draft.state();
        StepSettings settings = state.run().steps();
        RunStatus status = state.status();
        long steps = status.stepsDone() + state.steps().size();
        if (settings.maxSteps() > 0 && steps >= settings.maxSteps()) {
            finish(draft, settings.maxSteps() + " steps are done");
            return;
        }
        if (status.paused() && state.backlog().ready() > 0) {
            return;
        }
        Optional<NextStep> full = state.backlog().fullStep(settings);
        if (full.isPresent()) {
            open(draft, full.orElseThrow(), "");
        } else if (status.finishAsked()) {
            closeOff(draft, settings);
        } else if (liveness.lingered(state.backlog(), settings.linger(), draft.nowMillis())) {
            open(
                    draft,
                    state.backlog().nextStep(settings),
                    "under-full after a linger of " + settings.linger().toMillis() + " ms");
        }
    }

    private static void closeOff(Draft draft, StepSettings settings) {
        PlannerState state = draft.state();
        if (state.backlog().ready() > 0) {
            open(draft, state.backlog().nextStep(settings), "under-full: the last");
        } else if (!state.steps().isEmpty()) {
            return;
        } else if (state.backlog().size() > 0) {
            draft.because("the run goes on: samples of paused or removed sources wait");
        } else if (!state.isLastEpoch() && state.backlog().hasTrained()) {
            if (state.status().paused()) {
                return;
            }
            int epoch = state.backlog().epoch() + 1;
            draft.because("epoch " + epoch + " starts");
            draft.record(new JournalRecord.EpochStarted(epoch));
            if (state.backlog().ready() > 0) {
                open(draft, state.backlog().nextStep(settings), "");
            }
        } else {
            finish(draft, "everything submitted is trained or rejected");
        }
    }

    private static void open(Draft draft, NextStep next, String note) {
        long step = draft.state().status().nextStep();
        draft.because("step " + step + " opens with " + next.ordinals().size() + " sequences");
        int epochs = draft.state().run().steps().epochs();
        String epoch = epochs == 1
                ? ""
                : "epoch " + (draft.state().backlog().epoch() + 1) + " of " + epochs;
        String notes = Stream.of(epoch, note)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
        draft.record(new JournalRecord.StepOpened(
                step, next.ordinals(), draft.nowMillis(), notes, next.turns()));
    }

    private static void finish(Draft draft, String note) {
        PlannerState state = draft.state();
        boolean isThrough = state.steps().isEmpty()
                && state.checkpoints().isIdle()
                && state.versions().whole() == state.status().version();
        if (!isThrough || !EvaluationRules.isThrough(draft)) {
            return;
        }
        draft.because("the run ends: " + note);
        draft.record(new JournalRecord.RunFinished(note));
        draft.command(new Command.FinishRun(note));
    }
}
