package dev.plimsoll.audit;

import dev.plimsoll.wire.journal.JournalRecord;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * From the journal: whether the run ended because all it had was trained or rejected, and how far
 * that goes.
 */
public final class RunEnd {

    private long lastAdmitted = -1;
    private long maxSteps;
    private final Map<String, Long> stepsDone = new HashMap<>();
    private long steps;
    private boolean finishAsked;
    private boolean finished;

    public void take(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.SampleAdmitted admitted ->
                lastAdmitted = Math.max(lastAdmitted, admitted.sequence().ordinal());
            case JournalRecord.RunCreated created ->
                maxSteps = created.run().steps().maxSteps();
            case JournalRecord.StepCommitted committed -> steps++;
            case JournalRecord.StepDropped dropped -> steps++;
            case JournalRecord.CheckpointBegun begun ->
                stepsDone.put(begun.name(), begun.stepsDone());
            case JournalRecord.RolledBack back -> steps = stepsDone.get(back.name());
            case JournalRecord.FinishAsked asked -> finishAsked = true;
            case JournalRecord.RunFinished end -> finished = true;
            default -> {}
        }
    }

    /**
     * The last ordinal the planner had, if none may wait any more: a run that ended by its number
     * of steps may leave some.
     */
    public OptionalLong closedThrough() {
        return finished && finishAsked && (maxSteps == 0 || steps < maxSteps)
                ? OptionalLong.of(lastAdmitted)
                : OptionalLong.empty();
    }
}
