package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.model.memory.Regret;
import dev.plimsoll.model.memory.SpeedForecast;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.run.RunSettings;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All the planner knows: the fold of its journal, changed by {@link #apply} alone (protocol rule
 * 3). Two states are equal when their snapshots are. Not safe for use by several threads.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class PlannerState {
    private static final ObjectMapper JSON = Json.mapper();
    private static final int LOOK_AHEAD_SEQUENCES = 1024;
    private static final int STARVING_LOOK_AHEADS = 4;

    /** Each takes some hundred bytes. */
    private static final int MOST_WAITING = 262_144;

    private Optional<RunSettings> run = Optional.empty();
    private TreeMap<String, Long> nextOffsets = new TreeMap<>();
    private Fleet fleet = Fleet.empty();

    /** Unwrapped: in a snapshot its fields stand beside those of this class. */
    @JsonUnwrapped
    private TrainingState training = TrainingState.start();

    /** Unwrapped in the same way. */
    @JsonUnwrapped
    private CardForecasts cards = CardForecasts.none();

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
        copy.training = training.copy();
        copy.cards = cards.copy();
        return copy;
    }

    public boolean isCreated() {
        return run.isPresent();
    }

    public RunSettings run() {
        return run.orElseThrow(
                () -> new IllegalStateException("the journal has no RunCreated yet"));
    }

    /**
     * The next offset to read, by partition. A key is the topic without its prefix, a dash, the
     * partition.
     */
    public SortedMap<String, Long> nextOffsets() {
        return Collections.unmodifiableSortedMap(nextOffsets);
    }

    public Fleet fleet() {
        return fleet;
    }

    public Backlog backlog() {
        return training.backlog();
    }

    /** The open steps, oldest first: all but the last are in contributions and settle. */
    public List<StepWork> steps() {
        return training.steps().all();
    }

    /** The step that is trained: the last that was opened. */
    public Optional<StepWork> front() {
        return training.steps().front();
    }

    /** The step that is to be committed next. */
    public Optional<StepWork> oldest() {
        return training.steps().oldest();
    }

    /** As {@link #front}. */
    public Optional<OpenStep> open() {
        return front().map(StepWork::step);
    }

    /** What workers do now: the evaluation that is open, or else the step that is trained. */
    public Optional<StepWork> inWork() {
        return training.inWork();
    }

    /** Of what is {@link #inWork}; without entries when nothing is. */
    public Ledger ledger() {
        return inWork().map(StepWork::ledger).orElseGet(Ledger::empty);
    }

    public Evaluations evaluations() {
        return training.evaluations();
    }

    /** Whether another step may open now, before those that are open are committed. */
    public boolean hasRoomForStep() {
        return training.steps().hasRoom();
    }

    public long nextAttempt() {
        return training.steps().nextAttempt();
    }

    public long nextContribution() {
        return training.steps().nextContribution();
    }

    /** The open step that the contribution is asked or accepted in. */
    public Optional<StepWork> withContribution(long contribution) {
        return training.steps().withContribution(contribution);
    }

    public Versions versions() {
        return training.versions();
    }

    public RunStatus status() {
        return training.status();
    }

    /** Each source as it stands, by name. */
    public SortedMap<String, SourceMeasures> sources() {
        SortedMap<String, SourceMeasures> measures = new TreeMap<>();
        backlog()
                .sources()
                .all()
                .forEach((name, source) -> measures.put(
                        name,
                        new SourceMeasures(
                                source.status(),
                                source.weight(),
                                source.evaluation()
                                        ? evaluations().size(name)
                                        : backlog().size(name),
                                source.trained(),
                                source.rejected(),
                                source.evaluation())));
        return measures;
    }

    public Checkpoints checkpoints() {
        return training.checkpoints();
    }

    /** How far the data is at the current version. */
    public DataPosition position() {
        return training.position();
    }

    /**
     * Whether more sequences should be read: the look-ahead is two steps, or a thousand sequences
     * if that is more. Those of paused sources do not count, up to {@link #MOST_WAITING}: others
     * come behind them. For a source that has a share and nothing to give it looks four times as
     * far. When the data has ended all are read: each is rejected, and none is kept.
     */
    public boolean wantsSamples() {
        if (backlog().isEnded()) {
            return true;
        }
        if (backlog().size() >= MOST_WAITING) {
            return false;
        }
        SampleQueues.Amount paused = backlog().paused();
        int sequences = backlog().size() - paused.samples();
        long tokens = backlog().tokens() - paused.tokens();
        int times = backlog().isOneStarving() ? STARVING_LOOK_AHEADS : 1;
        return sequences < times * LOOK_AHEAD_SEQUENCES
                || (run().steps().samplesPerStep() > 0
                        ? sequences < 2 * times * run().steps().samplesPerStep()
                        : tokens < 2L * times * run().steps().tokensPerStep());
    }

    /** No epoch comes after the one under way. */
    public boolean isLastEpoch() {
        return training.isLastEpoch(run());
    }

    /** What is known of the time that cards of the worker's kind take. */
    public SpeedForecast speed(Worker worker) {
        return cards.speed(worker.card());
    }

    /** What it cost lately that plans are not known better. */
    public Regret regret() {
        return cards.regret();
    }

    /** What is known of the memory that cards of the worker's kind need. */
    public MemoryForecast forecast(Worker worker) {
        return forecast(worker, 0);
    }

    /**
     * The same of one of its cards.
     *
     * @param card counted from 0
     */
    public MemoryForecast forecast(Worker worker, int card) {
        return cards.memory(worker.card(card));
    }

    /** Throws {@link IllegalRecord} when the record does not follow from the state. */
    public void apply(JournalRecord record) {
        IllegalRecord.when(
                run.isEmpty() && !startsJournal(record), record, "the run is not created");
        IllegalRecord.when(
                training.status().finished() && !followsFinish(record),
                record,
                "the run is finished");
        switch (record) {
            case JournalRecord.RunCreated created -> create(created);
            case JournalRecord.SnapshotTaken snapshot -> restore(snapshot);
            case JournalRecord.InputsRead read -> nextOffsets.putAll(read.nextOffsets());
            case JournalRecord.WorkerAdmitted admitted ->
                fleet.apply(admitted, run().fleet().maxMicroBatchTokens(), status().version());
            case JournalRecord.WorkerReady ready -> fleet.apply(ready);
            case JournalRecord.WorkerDraining draining -> {
                fleet.apply(draining);
                draining.request().ifPresent(is -> checkpoints().done(is, draining));
                training.note(draining.workerId() + " drains: " + draining.note());
            }
            case JournalRecord.WorkerLost lost -> {
                fleet.apply(lost);
                training.apply(lost);
            }
            case JournalRecord.LoadLineChanged changed -> {
                fleet.apply(changed);
                training.note(changed.workerId() + " to " + changed.maxTokens() + " tokens: "
                        + changed.note());
            }
            case JournalRecord.MemoryLineChanged changed -> {
                fleet.apply(changed);
                training.note(changed.workerId() + ": " + changed.note());
            }
            case JournalRecord.MemoryCapped capped -> {
                fleet.apply(capped);
                checkpoints().done(capped.request(), capped);
                training.note(capped.workerId() + ": " + capped.note());
            }
            case JournalRecord.MicroBatchWeighed weighed -> cards.apply(weighed);
            case JournalRecord.MicroBatchDispatched dispatched -> {
                requireReady(dispatched);
                training.apply(dispatched);
            }
            case JournalRecord.ContributionAccepted accepted -> {
                requireCurrent(accepted);
                training.steps()
                        .of(accepted.contribution().contribution(), accepted)
                        .apply(accepted);
            }
            case JournalRecord.SampleAdmitted admitted -> training.apply(admitted);
            case JournalRecord.SourceChanged changed -> training.apply(changed);
            case JournalRecord.InputLost lost -> training.apply(lost);
            case JournalRecord.EpochStarted started -> training.apply(started, run());
            case JournalRecord.StepOpened opened -> training.apply(opened);
            case JournalRecord.SampleRejected rejected -> training.apply(rejected);
            case JournalRecord.MicroBatchAccepted accepted ->
                training.steps().step(accepted.attempt().step(), accepted).apply(accepted);
            case JournalRecord.MicroBatchReturned returned ->
                training.of(returned.attempt(), returned).apply(returned);
            case JournalRecord.EvaluationOpened opened -> training.apply(opened);
            case JournalRecord.Evaluated evaluated -> evaluations().apply(evaluated);
            case JournalRecord.EvaluationClosed closed -> training.apply(closed, run());
            case JournalRecord.EvaluationDropped dropped -> training.apply(dropped);
            case JournalRecord.ContributionAsked asked -> training.steps().apply(asked);
            case JournalRecord.ContributionVoided voided ->
                training.steps().of(voided.contribution(), voided).apply(voided);
            case JournalRecord.StepSumming summing ->
                training.steps().oldest(summing.step(), summing).apply(summing);
            case JournalRecord.ShardSumAccepted sum ->
                training.steps().oldest(sum.step(), sum).apply(sum);
            case JournalRecord.ClipFixed clip -> training.apply(clip, run());
            case JournalRecord.ShardApplyAccepted applied ->
                training.steps().oldest(applied.step(), applied).apply(applied);
            case JournalRecord.StepCommitted committed -> training.apply(committed, run());
            case JournalRecord.StepsUndone undone -> training.apply(undone);
            case JournalRecord.StateAsked asked -> training.apply(asked);
            case JournalRecord.StateSaveAccepted saved ->
                versions().apply(saved, run().fleet().shards());
            case JournalRecord.ShardDigestAccepted digest -> versions().apply(digest);
            case JournalRecord.WorkerDigestAccepted digest -> versions().apply(digest);
            case JournalRecord.StepDropped dropped -> training.apply(dropped);
            case JournalRecord.StepAbandoned abandoned -> training.apply(abandoned);
            case JournalRecord.CheckpointAsked asked -> checkpoints().apply(asked);
            case JournalRecord.RollbackAsked asked -> checkpoints().apply(asked);
            case JournalRecord.RequestRefused refused -> checkpoints().apply(refused);
            case JournalRecord.CheckpointBegun begun -> training.apply(begun, run());
            case JournalRecord.CheckpointSaveAccepted saved -> checkpoints().apply(saved);
            case JournalRecord.CheckpointTaken taken ->
                checkpoints().apply(taken, run().fleet().shards());
            case JournalRecord.CheckpointExpired expired -> training.apply(expired, run());
            case JournalRecord.RollbackBegun begun -> training.apply(begun);
            case JournalRecord.CheckpointRestoreAccepted restored ->
                checkpoints().apply(restored);
            case JournalRecord.RolledBack back -> training.apply(back, run());
            case JournalRecord.PauseChanged pause -> training.apply(pause);
            case JournalRecord.FinishAsked asked -> training.apply(asked);
            case JournalRecord.RunFinished finished -> training.apply(finished);
        }
    }

    private void requireReady(JournalRecord.MicroBatchDispatched dispatched) {
        boolean ready = fleet.current(dispatched.workerId(), dispatched.generation())
                .filter(Worker::ready)
                .isPresent();
        IllegalRecord.when(!ready, dispatched, "the worker is not ready in that generation");
    }

    private void requireCurrent(JournalRecord.ContributionAccepted accepted) {
        ContributionRef ref = accepted.contribution();
        boolean isCurrent = fleet.current(ref.workerId(), ref.generation()).isPresent();
        IllegalRecord.when(!isCurrent, accepted, "that generation is not current");
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
                || record instanceof JournalRecord.ShardDigestAccepted
                || record instanceof JournalRecord.WorkerDigestAccepted
                || record instanceof JournalRecord.SnapshotTaken;
    }

    private void create(JournalRecord.RunCreated created) {
        IllegalRecord.when(run.isPresent(), created, "the run is created");
        run = Optional.of(created.run());
        training.begin(created.run().start());
    }

    /** A snapshot counts where the replay starts with it. Later it repeats what is known. */
    private void restore(JournalRecord.SnapshotTaken snapshot) {
        if (run.isPresent()) {
            return;
        }
        PlannerState from = fromJson(snapshot.stateJson());
        run = from.run;
        nextOffsets = from.nextOffsets;
        fleet = from.fleet;
        training = from.training;
        cards = from.cards;
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
