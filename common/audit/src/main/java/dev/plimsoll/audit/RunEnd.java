package dev.plimsoll.audit;

import dev.plimsoll.wire.journal.JournalRecord;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Learns from the journal whether the run ended because everything was trained or rejected, and up
 * to which ordinal that is so.
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
            case JournalRecord.RunCreated created -> {
                maxSteps = created.run().steps().maxSteps();
                steps = created.run().start().stepsDone();
            }
            case JournalRecord.StepCommitted committed -> steps++;
            case JournalRecord.StepDropped dropped -> steps++;
            case JournalRecord.CheckpointBegun begun ->
                stepsDone.put(begun.name(), begun.stepsDone());
            case JournalRecord.RolledBack back -> steps = stepsDone.get(back.name());
            case JournalRecord.FinishAsked asked -> finishAsked = true;
            case JournalRecord.RunFinished end -> finished = true;
            case JournalRecord.SourceChanged _,
                    JournalRecord.InputsRead _,
                    JournalRecord.InputLost _,
                    JournalRecord.WorkerAdmitted _,
                    JournalRecord.WorkerReady _,
                    JournalRecord.WorkerDraining _,
                    JournalRecord.WorkerLost _,
                    JournalRecord.LoadLineChanged _,
                    JournalRecord.MemoryLineChanged _,
                    JournalRecord.MemoryCapped _,
                    JournalRecord.MicroBatchWeighed _,
                    JournalRecord.StepOpened _,
                    JournalRecord.MicroBatchDispatched _,
                    JournalRecord.EvaluationOpened _,
                    JournalRecord.Evaluated _,
                    JournalRecord.EvaluationClosed _,
                    JournalRecord.EvaluationDropped _,
                    JournalRecord.MicroBatchAccepted _,
                    JournalRecord.MicroBatchReturned _,
                    JournalRecord.SampleRejected _,
                    JournalRecord.ContributionAsked _,
                    JournalRecord.ContributionAccepted _,
                    JournalRecord.ContributionVoided _,
                    JournalRecord.StepSumming _,
                    JournalRecord.ShardSumAccepted _,
                    JournalRecord.ClipFixed _,
                    JournalRecord.ShardApplyAccepted _,
                    JournalRecord.StepsUndone _,
                    JournalRecord.StateAsked _,
                    JournalRecord.StateSaveAccepted _,
                    JournalRecord.ShardDigestAccepted _,
                    JournalRecord.WorkerDigestAccepted _,
                    JournalRecord.PauseChanged _,
                    JournalRecord.CheckpointAsked _,
                    JournalRecord.RollbackAsked _,
                    JournalRecord.RequestRefused _,
                    JournalRecord.CheckpointSaveAccepted _,
                    JournalRecord.CheckpointTaken _,
                    JournalRecord.CheckpointExpired _,
                    JournalRecord.StepAbandoned _,
                    JournalRecord.RollbackBegun _,
                    JournalRecord.CheckpointRestoreAccepted _,
                    JournalRecord.EpochStarted _,
                    JournalRecord.SnapshotTaken _ -> {}
        }
    }

    /**
     * The last ordinal that the planner had, if no sample may wait any more. A run that ended by
     * its number of steps may leave some waiting; then it is empty.
     */
    public OptionalLong closedThrough() {
        return finished && finishAsked && (maxSteps == 0 || steps < maxSteps)
                ? OptionalLong.of(lastAdmitted)
                : OptionalLong.empty();
    }
}
