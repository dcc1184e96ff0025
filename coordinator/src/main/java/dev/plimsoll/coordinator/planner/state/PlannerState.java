package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.model.memory.SpeedForecast;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.run.RunSettings;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All the planner knows: the fold of its journal, changed by {@link #apply} alone. Two states are
 * equal when their snapshots are. Not safe for use by several threads.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class PlannerState {
    private static final ObjectMapper JSON = Json.mapper();
    private static final int LOOK_AHEAD_SEQUENCES = 1024;

    private Optional<RunSettings> run = Optional.empty();
    private TreeMap<String, Long> nextOffsets = new TreeMap<>();
    private Fleet fleet = Fleet.empty();
    private Backlog backlog = Backlog.empty();
    private CurrentStep current = CurrentStep.none();
    private RunStatus progress = RunStatus.START;
    private Checkpoints checkpoints = Checkpoints.none();
    private TreeMap<String, MemoryForecast> forecasts = new TreeMap<>();
    private TreeMap<String, SpeedForecast> speeds = new TreeMap<>();

    /** The state before the first record. */
    public static PlannerState empty() {
        return new PlannerState();
    }

    /** The inverse of {@link #toJson}. */
    public static PlannerState fromJson(String json) {
        try {
            return JSON.readValue(json, PlannerState.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    "the snapshot cannot be read: " + e.getOriginalMessage(), e);
        }
    }

    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the state cannot be written", e);
        }
    }

    /** To be written after the records that led here; replay may start at it. */
    public JournalRecord.SnapshotTaken snapshot() {
        return new JournalRecord.SnapshotTaken(toJson());
    }

    public PlannerState copy() {
        PlannerState copy = new PlannerState();
        copy.run = run;
        copy.nextOffsets = new TreeMap<>(nextOffsets);
        copy.fleet = fleet.copy();
        copy.backlog = backlog.copy();
        copy.current = current.copy();
        copy.progress = progress;
        copy.checkpoints = checkpoints.copy();
        copy.forecasts = new TreeMap<>(forecasts);
        copy.speeds = new TreeMap<>(speeds);
        return copy;
    }

    public boolean isCreated() {
        return run.isPresent();
    }

    public RunSettings run() {
        return run.orElseThrow(
                () -> new IllegalStateException("the journal has no RunCreated yet"));
    }

    /** Where each input is to be read from. Key: input name, a dash, the partition. */
    public SortedMap<String, Long> nextOffsets() {
        return Collections.unmodifiableSortedMap(nextOffsets);
    }

    public Fleet fleet() {
        return fleet;
    }

    public Backlog backlog() {
        return backlog;
    }

    public Optional<OpenStep> open() {
        return current.open();
    }

    public Ledger ledger() {
        return current.ledger();
    }

    public Contributions contributions() {
        return current.contributions();
    }

    /** Every member of the open step is in an accepted contribution. */
    public boolean isContributed() {
        return current.isContributed();
    }

    public RunStatus progress() {
        return progress;
    }

    public Checkpoints checkpoints() {
        return checkpoints;
    }

    /** How far the data is at the current version. */
    public DataPosition position() {
        return backlog.position(open().map(OpenStep::members).orElse(List.of()));
    }

    /**
     * Whether more sequences should be read: the look-ahead is two steps, or a thousand sequences
     * if that is more.
     */
    public boolean wantsSamples() {
        int sequences = Math.max(LOOK_AHEAD_SEQUENCES, 2 * run().steps().samplesPerStep());
        return backlog.size() < LOOK_AHEAD_SEQUENCES
                || (run().steps().samplesPerStep() > 0
                        ? backlog.size() < sequences
                        : backlog.tokens() < 2L * run().steps().tokensPerStep());
    }

    /** What is known of the time that cards of the worker's kind take. */
    public SpeedForecast speed(Worker worker) {
        return speeds.getOrDefault(worker.card(), SpeedForecast.START);
    }

    /** What is known of the memory that cards of the worker's kind need. */
    public MemoryForecast forecast(Worker worker) {
        return forecasts.getOrDefault(worker.card(), MemoryForecast.START);
    }

    /** Throws IllegalStateException when the record does not follow from the state. */
    public void apply(JournalRecord record) {
        IllegalRecord.when(
                run.isEmpty() && !startsJournal(record), record, "the run is not created");
        IllegalRecord.when(
                progress.finished() && !followsFinish(record), record, "the run is finished");
        int shards = run.map(settings -> settings.fleet().shards()).orElse(0);
        switch (record) {
            case JournalRecord.RunCreated created -> create(created);
            case JournalRecord.InputsRead read -> nextOffsets.putAll(read.nextOffsets());
            case JournalRecord.SampleAdmitted admitted -> backlog.apply(admitted);
            case JournalRecord.InputLost lost ->
                progress = progress.withLost(lost.toOffset() - lost.fromOffset());
            case JournalRecord.WorkerAdmitted admitted ->
                fleet.apply(admitted, run().fleet().maxMicroBatchTokens());
            case JournalRecord.WorkerReady ready -> fleet.apply(ready);
            case JournalRecord.WorkerDraining draining -> {
                fleet.apply(draining);
                current.note(draining.workerId() + " drains: " + draining.note());
            }
            case JournalRecord.EpochStarted started -> startEpoch(started);
            case JournalRecord.WorkerLost lost -> lose(lost);
            case JournalRecord.LoadLineChanged changed -> changeLine(changed);
            case JournalRecord.MemoryLineChanged changed -> {
                fleet.apply(changed);
                current.note(changed.workerId() + ": " + changed.note());
            }
            case JournalRecord.MicroBatchWeighed weighed -> weigh(weighed);
            case JournalRecord.StepOpened opened -> open(opened);
            case JournalRecord.MicroBatchDispatched dispatched -> dispatch(dispatched);
            case JournalRecord.MicroBatchAccepted accepted -> current.apply(accepted);
            case JournalRecord.MicroBatchReturned returned -> current.apply(returned);
            case JournalRecord.SampleRejected rejected -> reject(rejected);
            case JournalRecord.ContributionAsked asked -> current.apply(asked);
            case JournalRecord.ContributionAccepted accepted -> accept(accepted);
            case JournalRecord.ContributionVoided voided -> current.apply(voided);
            case JournalRecord.StepSumming summing -> current.apply(summing);
            case JournalRecord.ShardSumAccepted sum -> current.apply(sum);
            case JournalRecord.ClipFixed clip -> fixClip(clip, shards);
            case JournalRecord.ShardApplyAccepted applied -> current.apply(applied);
            case JournalRecord.StepCommitted committed -> commit(committed, shards);
            case JournalRecord.StepDropped dropped -> drop(dropped);
            case JournalRecord.CheckpointAsked asked -> checkpoints.apply(asked);
            case JournalRecord.RollbackAsked asked -> checkpoints.apply(asked);
            case JournalRecord.RequestRefused refused -> checkpoints.apply(refused);
            case JournalRecord.CheckpointBegun begun -> begin(begun);
            case JournalRecord.CheckpointSaveAccepted saved -> checkpoints.apply(saved);
            case JournalRecord.CheckpointTaken taken -> checkpoints.apply(taken, shards);
            case JournalRecord.CheckpointExpired expired -> expire(expired);
            case JournalRecord.StepAbandoned abandoned -> abandon(abandoned);
            case JournalRecord.RollbackBegun begun -> begin(begun);
            case JournalRecord.CheckpointRestoreAccepted restored -> checkpoints.apply(restored);
            case JournalRecord.RolledBack back -> rollBack(back, shards);
            case JournalRecord.PauseChanged pause -> progress = progress.withPaused(pause.paused());
            case JournalRecord.FinishAsked asked -> progress = progress.withFinishAsked();
            case JournalRecord.RunFinished finished -> finish(finished);
            case JournalRecord.SnapshotTaken snapshot -> restore(snapshot);
        }
    }

    private static boolean startsJournal(JournalRecord record) {
        return record instanceof JournalRecord.RunCreated
                || record instanceof JournalRecord.SnapshotTaken;
    }

    private static boolean followsFinish(JournalRecord record) {
        return record instanceof JournalRecord.InputsRead
                || record instanceof JournalRecord.WorkerLost
                || record instanceof JournalRecord.InputLost
                || record instanceof JournalRecord.RequestRefused
                || record instanceof JournalRecord.SnapshotTaken;
    }

    private void create(JournalRecord.RunCreated created) {
        IllegalRecord.when(run.isPresent(), created, "the run is created");
        run = Optional.of(created.run());
    }

    private void lose(JournalRecord.WorkerLost lost) {
        fleet.apply(lost);
        current.apply(lost);
        current.note(lost.workerId() + ": " + lost.note());
    }

    private void changeLine(JournalRecord.LoadLineChanged changed) {
        fleet.apply(changed);
        current.note(
                changed.workerId() + " to " + changed.maxTokens() + " tokens: " + changed.note());
    }

    private void weigh(JournalRecord.MicroBatchWeighed weighed) {
        MemoryForecast memory = forecasts.getOrDefault(weighed.card(), MemoryForecast.START);
        forecasts.put(weighed.card(), memory.learn(weighed.priorBytes(), weighed.workBytes()));
        SpeedForecast speed = speeds.getOrDefault(weighed.card(), SpeedForecast.START);
        speeds.put(weighed.card(), speed.learn(weighed.costTokens(), weighed.micros()));
    }

    private void open(JournalRecord.StepOpened opened) {
        IllegalRecord.when(current.open().isPresent(), opened, "a step is open");
        IllegalRecord.when(checkpoints.isRestoring(), opened, "a rollback is under way");
        IllegalRecord.when(
                opened.step() != progress.nextStep(),
                opened,
                "the next step is " + progress.nextStep());
        boolean allWait = !opened.ordinals().isEmpty()
                && opened.ordinals().stream().allMatch(backlog::contains);
        IllegalRecord.when(!allWait, opened, "its members are not all in the backlog");
        List<AdmittedSample> members =
                opened.ordinals().stream().map(backlog::take).toList();
        OpenStep step = OpenStep.of(
                new OpenStep.StepHeader(opened.step(), progress.version(), opened.openedAtMillis()),
                members);
        step.notes().add(opened.note());
        checkpoints.news().forEach(step.notes()::add);
        checkpoints.told();
        current.open(step);
    }

    private void dispatch(JournalRecord.MicroBatchDispatched dispatched) {
        boolean ready = fleet.current(dispatched.workerId(), dispatched.generation())
                .filter(Worker::ready)
                .isPresent();
        IllegalRecord.when(!ready, dispatched, "the worker is not ready in that generation");
        current.apply(dispatched);
    }

    private void reject(JournalRecord.SampleRejected rejected) {
        if (backlog.contains(rejected.ordinal())) {
            backlog.take(rejected.ordinal());
        } else {
            current.apply(rejected);
        }
    }

    private void accept(JournalRecord.ContributionAccepted accepted) {
        ContributionRef ref = accepted.contribution();
        boolean isCurrent = fleet.current(ref.workerId(), ref.generation()).isPresent();
        IllegalRecord.when(!isCurrent, accepted, "that generation is not current");
        current.apply(accepted);
    }

    private void startEpoch(JournalRecord.EpochStarted started) {
        IllegalRecord.when(current.open().isPresent(), started, "a step is open");
        IllegalRecord.when(
                started.epoch() >= run().steps().epochs(),
                started,
                "there are " + run().steps().epochs());
        backlog.apply(started, run().steps().seed());
    }

    private void fixClip(JournalRecord.ClipFixed clip, int shards) {
        IllegalRecord.when(
                checkpoints.isSaving(), clip, "version " + progress.version() + " is being saved");
        current.apply(clip, shards);
    }

    private void commit(JournalRecord.StepCommitted committed, int shards) {
        IllegalRecord.when(
                committed.version() != progress.version() + 1,
                committed,
                "the version is " + progress.version());
        if (!isLastEpoch() || checkpoints.oldest().isPresent()) {
            current.open().ifPresent(step -> backlog.keep(step.members()));
        }
        current.apply(committed, shards);
        progress = progress.committed(committed.version());
    }

    public boolean isLastEpoch() {
        return backlog.epoch() + 1 >= run().steps().epochs();
    }

    private void begin(JournalRecord.CheckpointBegun begun) {
        IllegalRecord.when(
                begun.version() != progress.version() || begun.stepsDone() != progress.stepsDone(),
                begun,
                "the version is " + progress.version() + ", of " + progress.stepsDone() + " steps");
        boolean applying =
                current.open().map(OpenStep::phase).orElse(null) instanceof StepPhase.Applying;
        IllegalRecord.when(applying, begun, "the clip is fixed: the step only rolls forward");
        checkpoints.apply(begun);
        forget();
    }

    private void expire(JournalRecord.CheckpointExpired expired) {
        checkpoints.apply(expired);
        forget();
    }

    /** What no epoch and no checkpoint needs. */
    private void forget() {
        Optional<Checkpoint> oldest = checkpoints.oldest();
        if (run().steps().epochs() == 1 || (oldest.isEmpty() && isLastEpoch())) {
            backlog.forgetTrainedBefore(
                    oldest.map(checkpoint -> checkpoint.position().rank()).orElse(Long.MAX_VALUE));
        }
    }

    private void abandon(JournalRecord.StepAbandoned abandoned) {
        List<AdmittedSample> members =
                current.open().map(step -> List.copyOf(step.members())).orElse(List.of());
        current.apply(abandoned);
        backlog.giveBack(members);
        progress = progress.dropped();
    }

    private void begin(JournalRecord.RollbackBegun begun) {
        IllegalRecord.when(current.open().isPresent(), begun, "a step is open");
        IllegalRecord.when(
                begun.baseVersion() != progress.version(),
                begun,
                "the version is " + progress.version());
        checkpoints.apply(begun);
    }

    private void rollBack(JournalRecord.RolledBack back, int shards) {
        Checkpoint checkpoint = checkpoints.apply(back, shards);
        backlog.rollBack(checkpoint.position(), run().steps().seed());
        progress = progress.rolledBack(checkpoint, back.version());
    }

    private void drop(JournalRecord.StepDropped dropped) {
        current.apply(dropped);
        progress = progress.dropped();
    }

    private void finish(JournalRecord.RunFinished finished) {
        IllegalRecord.when(current.open().isPresent(), finished, "a step is open");
        IllegalRecord.when(!checkpoints.isIdle(), finished, "a checkpoint or a rollback is due");
        progress = progress.withFinished();
    }

    /** Where a journal starts with it; later it repeats what is known. */
    private void restore(JournalRecord.SnapshotTaken snapshot) {
        if (run.isPresent()) {
            return;
        }
        PlannerState from = fromJson(snapshot.stateJson());
        run = from.run;
        nextOffsets = from.nextOffsets;
        fleet = from.fleet;
        backlog = from.backlog;
        current = from.current;
        progress = from.progress;
        checkpoints = from.checkpoints;
        forecasts = from.forecasts;
        speeds = from.speeds;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PlannerState state && toJson().equals(state.toJson());
    }

    @Override
    public int hashCode() {
        return toJson().hashCode();
    }

    @Override
    public String toString() {
        return toJson();
    }
}
