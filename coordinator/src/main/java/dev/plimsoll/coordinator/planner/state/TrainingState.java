package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.run.RunSettings;

import java.util.List;
import java.util.Optional;

/**
 * What is trained: the samples that wait, the step under way, how far the run is, and the
 * checkpoints. A sample is in one of these places, and only this class moves it to another.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
@JsonPropertyOrder({"backlog", "current", "progress", "checkpoints"})
final class TrainingState {
    private Backlog backlog = Backlog.empty();
    private CurrentStep current = CurrentStep.none();

    @JsonProperty("progress")
    private RunStatus status = RunStatus.START;

    private Checkpoints checkpoints = Checkpoints.none();

    TrainingState() {}

    static TrainingState start() {
        return new TrainingState();
    }

    TrainingState copy() {
        TrainingState copy = new TrainingState();
        copy.backlog = backlog.copy();
        copy.current = current.copy();
        copy.status = status;
        copy.checkpoints = checkpoints.copy();
        return copy;
    }

    Backlog backlog() {
        return backlog;
    }

    CurrentStep current() {
        return current;
    }

    RunStatus status() {
        return status;
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    /** How far the data is at the current version. */
    DataPosition position() {
        return backlog.position(current.open().map(OpenStep::members).orElse(List.of()));
    }

    boolean isLastEpoch(RunSettings run) {
        return backlog.epoch() + 1 >= run.steps().epochs();
    }

    /** For the line of the open step, if there is one. */
    void note(String note) {
        current.note(note);
    }

    void apply(JournalRecord.SampleAdmitted admitted) {
        backlog.apply(admitted);
    }

    void apply(JournalRecord.InputLost lost) {
        status = status.withLost(lost.toOffset() - lost.fromOffset());
    }

    void apply(JournalRecord.PauseChanged pause) {
        status = status.withPaused(pause.paused());
    }

    void apply(JournalRecord.FinishAsked asked) {
        status = status.withFinishAsked();
    }

    void apply(JournalRecord.WorkerLost lost) {
        current.apply(lost);
        note(lost.workerId() + ": " + lost.note());
    }

    void apply(JournalRecord.StepOpened opened) {
        IllegalRecord.when(current.open().isPresent(), opened, "a step is open");
        IllegalRecord.when(checkpoints.isRestoring(), opened, "a rollback is under way");
        IllegalRecord.when(
                opened.step() != status.nextStep(),
                opened,
                "the next step is " + status.nextStep());
        boolean allWait = !opened.ordinals().isEmpty()
                && opened.ordinals().stream().allMatch(backlog::contains);
        IllegalRecord.when(!allWait, opened, "its members are not all in the backlog");
        List<AdmittedSample> members =
                opened.ordinals().stream().map(backlog::take).toList();
        OpenStep step = OpenStep.of(
                new OpenStep.StepHeader(opened.step(), status.version(), opened.openedAtMillis()),
                members);
        step.notes().add(opened.note());
        checkpoints.news().forEach(step.notes()::add);
        checkpoints.told();
        current.open(step);
    }

    void apply(JournalRecord.SampleRejected rejected) {
        if (backlog.contains(rejected.ordinal())) {
            backlog.take(rejected.ordinal());
        } else {
            current.apply(rejected);
        }
    }

    void apply(JournalRecord.EpochStarted started, RunSettings run) {
        IllegalRecord.when(current.open().isPresent(), started, "a step is open");
        IllegalRecord.when(
                started.epoch() >= run.steps().epochs(),
                started,
                "there are " + run.steps().epochs());
        backlog.apply(started, run.steps().seed());
    }

    void apply(JournalRecord.ClipFixed clip, RunSettings run) {
        IllegalRecord.when(
                checkpoints.isSaving(), clip, "version " + status.version() + " is being saved");
        current.apply(clip, run.fleet().shards());
    }

    void apply(JournalRecord.StepCommitted committed, RunSettings run) {
        IllegalRecord.when(
                committed.version() != status.version() + 1,
                committed,
                "the version is " + status.version());
        if (!isLastEpoch(run) || checkpoints.oldest().isPresent()) {
            current.open().ifPresent(step -> backlog.keep(step.members()));
        }
        current.apply(committed, run.fleet().shards());
        status = status.committed(committed.version());
    }

    void apply(JournalRecord.CheckpointBegun begun, RunSettings run) {
        IllegalRecord.when(
                begun.version() != status.version() || begun.stepsDone() != status.stepsDone(),
                begun,
                "the version is " + status.version() + ", of " + status.stepsDone() + " steps");
        boolean applying =
                current.open().map(OpenStep::phase).orElse(null) instanceof StepPhase.Applying;
        IllegalRecord.when(applying, begun, "the clip is fixed: the step only rolls forward");
        checkpoints.apply(begun);
        forget(run);
    }

    void apply(JournalRecord.CheckpointExpired expired, RunSettings run) {
        checkpoints.apply(expired);
        forget(run);
    }

    /** Forgets the trained samples that no epoch and no checkpoint needs. */
    private void forget(RunSettings run) {
        Optional<Checkpoint> oldest = checkpoints.oldest();
        if (run.steps().epochs() == 1 || (oldest.isEmpty() && isLastEpoch(run))) {
            backlog.forgetTrainedBefore(
                    oldest.map(checkpoint -> checkpoint.position().rank()).orElse(Long.MAX_VALUE));
        }
    }

    void apply(JournalRecord.StepAbandoned abandoned) {
        List<AdmittedSample> members =
                current.open().map(step -> List.copyOf(step.members())).orElse(List.of());
        current.apply(abandoned);
        backlog.giveBack(members);
        status = status.dropped();
    }

    void apply(JournalRecord.RollbackBegun begun) {
        IllegalRecord.when(current.open().isPresent(), begun, "a step is open");
        IllegalRecord.when(
                begun.baseVersion() != status.version(),
                begun,
                "the version is " + status.version());
        checkpoints.apply(begun);
    }

    void apply(JournalRecord.RolledBack back, RunSettings run) {
        Checkpoint checkpoint = checkpoints.apply(back, run.fleet().shards());
        backlog.rollBack(checkpoint.position(), run.steps().seed());
        status = status.rolledBack(checkpoint, back.version());
    }

    void apply(JournalRecord.StepDropped dropped) {
        current.apply(dropped);
        status = status.dropped();
    }

    void apply(JournalRecord.RunFinished finished) {
        IllegalRecord.when(current.open().isPresent(), finished, "a step is open");
        IllegalRecord.when(!checkpoints.isIdle(), finished, "a checkpoint or a rollback is due");
        status = status.withFinished();
    }
}
