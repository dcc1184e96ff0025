package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.liveness.Liveness;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.RunStatus;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.run.StepSettings;

import java.util.List;
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
        List<Long> full = state.backlog().fullStep(settings);
        if (status.paused() && (!full.isEmpty() || state.backlog().size() > 0)) {
            return;
        }
        if (!full.isEmpty()) {
            open(draft, full, "");
        } else if (status.finishAsked()) {
            closeOff(draft, settings);
        } else if (liveness.lingered(state.backlog(), settings.linger(), draft.nowMillis())) {
            open(
                    draft,
                    state.backlog().nextStep(settings),
                    "under-full after a linger of " + settings.linger());
        }
    }

    private static void closeOff(Draft draft, StepSettings settings) {
        List<Long> rest = draft.state().backlog().nextStep(settings);
        if (!rest.isEmpty()) {
            open(draft, rest, "under-full: the last");
        } else if (!draft.state().steps().isEmpty()) {
            return;
        } else if (!draft.state().isLastEpoch() && draft.state().backlog().hasTrained()) {
            if (draft.state().status().paused()) {
                return;
            }
            int epoch = draft.state().backlog().epoch() + 1;
            draft.because("epoch " + epoch + " starts");
            draft.record(new JournalRecord.EpochStarted(epoch));
            List<Long> full = draft.state().backlog().fullStep(settings);
            open(draft, full.isEmpty() ? draft.state().backlog().nextStep(settings) : full, "");
        } else {
            finish(draft, "everything submitted is trained or rejected");
        }
    }

    private static void open(Draft draft, List<Long> ordinals, String note) {
        long step = draft.state().status().nextStep();
        draft.because("step " + step + " opens with " + ordinals.size() + " sequences");
        int epochs = draft.state().run().steps().epochs();
        String epoch = epochs == 1
                ? ""
                : "epoch " + (draft.state().backlog().epoch() + 1) + " of " + epochs;
        String notes = Stream.of(epoch, note)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
        draft.record(new JournalRecord.StepOpened(step, ordinals, draft.nowMillis(), notes));
    }

    private static void finish(Draft draft, String note) {
        PlannerState state = draft.state();
        boolean isThrough = state.steps().isEmpty()
                && state.checkpoints().isIdle()
                && state.versions().whole() == state.status().version();
        if (!isThrough) {
            return;
        }
        draft.because("the run ends: " + note);
        draft.record(new JournalRecord.RunFinished(note));
        draft.command(new Command.FinishRun(note));
    }
}
