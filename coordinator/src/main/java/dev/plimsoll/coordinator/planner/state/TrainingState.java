package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is trained: the samples that wait, the open steps, how far the run is, the checkpoints and
 * the versions. A sample is in one of these places, and only this class moves it to another.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
@JsonPropertyOrder({"backlog", "steps", "progress", "checkpoints", "versions", "evaluations"})
final class TrainingState {
    private Backlog backlog = Backlog.empty();
    private OpenSteps steps = OpenSteps.none();

    @JsonProperty("progress")
    private RunStatus status = RunStatus.START;

    private Checkpoints checkpoints = Checkpoints.none();
    private Versions versions = Versions.start();
    private Evaluations evaluations = Evaluations.none();

    TrainingState() {}

    static TrainingState start() {
        return new TrainingState();
    }

    /** The adapter may have been trained before. */
    void begin(RunStart start) {
        status = status.after(start);
    }

    TrainingState copy() {
        TrainingState copy = new TrainingState();
        copy.backlog = backlog.copy();
        copy.steps = steps.copy();
        copy.status = status;
        copy.checkpoints = checkpoints.copy();
        copy.versions = versions.copy();
        copy.evaluations = evaluations.copy();
        return copy;
    }

    Backlog backlog() {
        return backlog;
    }

    OpenSteps steps() {
        return steps;
    }

    RunStatus status() {
        return status;
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    Versions versions() {
        return versions;
    }

    Evaluations evaluations() {
        return evaluations;
    }

    /** What workers do now: the evaluation that is open, or else the step that is trained. */
    Optional<StepWork> inWork() {
        return evaluations.open().or(steps::front);
    }

    /** How far the data is at the current version. */
    DataPosition position() {
        return backlog.position(
                steps.all().stream()
                        .flatMap(work -> work.step().members().stream())
                        .toList(),
                steps.oldest()
                        .map(work -> work.step().turnsBefore())
                        .orElseGet(() -> backlog.sources().turns()));
    }

    boolean isLastEpoch(RunSettings run) {
        return backlog.epoch() + 1 >= run.steps().epochs();
    }

    /** For the line of the open step or evaluation, if there is one. */
    void note(String note) {
        inWork().ifPresent(work -> work.note(note));
    }

    void apply(JournalRecord.SampleAdmitted admitted) {
        backlog.apply(admitted);
        if (backlog.sources().isEvaluation(admitted.source())) {
            evaluations.add(new AdmittedSample(
                    admitted.sequence(),
                    admitted.sampleId(),
                    admitted.origin(),
                    admitted.source()));
        }
    }

    /** The step or evaluation that the attempt is of. */
    StepWork of(Attempt attempt, JournalRecord record) {
        return attempt.evaluates() ? evaluations.work(record) : steps.step(attempt.step(), record);
    }

    void apply(JournalRecord.MicroBatchDispatched dispatched) {
        steps.apply(dispatched, of(dispatched.attempt(), dispatched));
    }

    void apply(JournalRecord.EvaluationOpened opened) {
        IllegalRecord.when(!steps.all().isEmpty(), opened, "a step is open");
        IllegalRecord.when(checkpoints.isRestoring(), opened, "a rollback is under way");
        IllegalRecord.when(
                opened.version() != status.version(), opened, "the version is " + status.version());
        evaluations.apply(opened);
    }

    void apply(JournalRecord.EvaluationClosed closed, RunSettings run) {
        evaluations.apply(closed);
        tell("version " + closed.version() + " evaluated: loss " + closed.loss());
        if (closed.best() && run.evaluation().keepsBest()) {
            checkpoints.keepBest(closed);
        }
    }

    void apply(JournalRecord.EvaluationDropped dropped) {
        evaluations.apply(dropped);
    }

    private void tell(String news) {
        checkpoints.tell(news);
    }

    void apply(JournalRecord.SourceChanged changed) {
        boolean isOneTooMany = backlog.sources().find(changed.name()).isEmpty()
                && backlog.sources().isFull();
        IllegalRecord.when(isOneTooMany, changed, "there are too many sources");
        boolean isTurned = backlog.sources()
                .find(changed.name())
                .filter(before -> before.evaluation() != changed.evaluation())
                .isPresent();
        IllegalRecord.when(
                isTurned, changed, "a source is for training or for evaluation once and for all");
        checkpoints.done(changed.request(), changed);
        backlog.sources().apply(changed);
        note("source " + changed.name() + ": " + changed.note());
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
        steps.apply(lost);
        evaluations.apply(lost);
        note(lost.workerId() + ": " + lost.note());
    }

    void apply(JournalRecord.StepOpened opened) {
        IllegalRecord.when(checkpoints.isRestoring(), opened, "a rollback is under way");
        IllegalRecord.when(evaluations.open().isPresent(), opened, "an evaluation is open");
        IllegalRecord.when(
                opened.step() != status.nextStep(),
                opened,
                "the next step is " + status.nextStep());
        boolean allWait = !opened.ordinals().isEmpty()
                && opened.ordinals().stream().allMatch(backlog::contains);
        IllegalRecord.when(!allWait, opened, "its members are not all in the backlog");
        List<AdmittedSample> members =
                opened.ordinals().stream().map(backlog::take).toList();
        members.forEach(member -> IllegalRecord.when(
                !backlog.sources().isActive(member.source()),
                opened,
                "source " + member.source() + " is paused or removed"));
        OpenStep step = OpenStep.of(
                new OpenStep.StepHeader(
                        opened.step(),
                        status.version() + steps.all().size(),
                        opened.openedAtMillis(),
                        backlog.sources().turns()),
                members);
        backlog.sources().turns(opened.turns());
        step.notes().add(opened.note());
        checkpoints.news().forEach(step.notes()::add);
        checkpoints.told();
        steps.open(step, opened);
        status = status.opened();
    }

    void apply(JournalRecord.SampleRejected rejected) {
        AdmittedSample sample;
        if (backlog.contains(rejected.ordinal())) {
            sample = backlog.take(rejected.ordinal());
        } else if (evaluations.contains(rejected.ordinal())) {
            sample = evaluations.reject(rejected);
        } else {
            sample = steps.apply(rejected);
        }
        backlog.sources().rejected(sample.source());
    }

    void apply(JournalRecord.EpochStarted started, RunSettings run) {
        IllegalRecord.when(!steps.all().isEmpty(), started, "a step is open");
        IllegalRecord.when(
                started.epoch() >= run.steps().epochs(),
                started,
                "there are " + run.steps().epochs());
        backlog.apply(started, run.steps().seed());
    }

    void apply(JournalRecord.ClipFixed clip, RunSettings run) {
        IllegalRecord.when(
                checkpoints.isSaving(), clip, "version " + status.version() + " is being saved");
        steps.oldest(clip.step(), clip).apply(clip, run.fleet().shards());
    }

    void apply(JournalRecord.StepCommitted committed, RunSettings run) {
        IllegalRecord.when(
                committed.version() != status.version() + 1,
                committed,
                "the version is " + status.version());
        StepWork work = steps.oldest(committed.step(), committed);
        work.require(committed, run.fleet().shards());
        if (!isLastEpoch(run) || checkpoints.oldest().isPresent()) {
            backlog.keep(work.step().members());
        }
        SortedMap<String, Long> trained = new TreeMap<>();
        work.step().members().forEach(member -> trained.merge(member.source(), 1L, Long::sum));
        trained.forEach(backlog.sources()::trained);
        steps.close(work);
        status = status.committed(committed.version());
        if (committed.source().isEmpty()) {
            versions.written(committed.version());
            return;
        }
        IllegalRecord.when(
                committed.update() != status.updates(),
                committed,
                "the update is " + status.updates());
        StepPhase.Applying applying = (StepPhase.Applying) work.step().phase();
        versions.committed(CommittedStep.of(applying.clip(), committed));
    }

    void apply(JournalRecord.StepsUndone undone) {
        List<StepWork> closed = steps.undo(undone);
        closed.forEach(work -> backlog.giveBack(work.step().members()));
        backlog.sources().turns(closed.getFirst().step().turnsBefore());
        note("later steps are undone: " + undone.note());
    }

    void apply(JournalRecord.StateAsked asked) {
        versions.apply(asked, status.version());
    }

    void apply(JournalRecord.CheckpointBegun begun, RunSettings run) {
        IllegalRecord.when(
                begun.version() != status.version() || begun.stepsDone() != status.stepsDone(),
                begun,
                "the version is " + status.version() + ", of " + status.stepsDone() + " steps");
        boolean applying = steps.any(work -> work.step().phase() instanceof StepPhase.Applying);
        IllegalRecord.when(applying, begun, "the clip is fixed: the step only rolls forward");
        checkpoints.apply(begun, status.updates());
        forget(run);
    }

    void apply(JournalRecord.CheckpointExpired expired, RunSettings run) {
        checkpoints.apply(expired);
        forget(run);
    }

    /** Forgets the trained samples that no epoch and no checkpoint needs. */
    private void forget(RunSettings run) {
        Optional<Checkpoint> oldest = checkpoints.oldest();
        if (oldest.isEmpty() && isLastEpoch(run)) {
            backlog.forgetTrained();
        } else if (oldest.isPresent() && run.steps().epochs() == 1) {
            backlog.forgetTrainedBefore(oldest.orElseThrow().position());
        }
    }

    void apply(JournalRecord.StepAbandoned abandoned) {
        StepWork work = steps.last(abandoned.step(), abandoned);
        work.require(abandoned);
        steps.close(work);
        backlog.giveBack(work.step().members());
        backlog.sources().turns(work.step().turnsBefore());
    }

    void apply(JournalRecord.RollbackBegun begun) {
        IllegalRecord.when(inWork().isPresent(), begun, "a step is open, or an evaluation");
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
        versions.written(back.version());
        evaluations.apply(back);
    }

    void apply(JournalRecord.StepDropped dropped) {
        StepWork work = steps.last(dropped.step(), dropped);
        work.require(dropped);
        steps.close(work);
        status = status.dropped();
    }

    void apply(JournalRecord.RunFinished finished) {
        IllegalRecord.when(inWork().isPresent(), finished, "a step is open, or an evaluation");
        IllegalRecord.when(!checkpoints.isIdle(), finished, "a checkpoint or a rollback is due");
        status = status.withFinished();
    }
}
