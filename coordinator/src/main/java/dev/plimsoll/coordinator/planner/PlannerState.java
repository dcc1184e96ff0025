package dev.plimsoll.coordinator.planner;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plimsoll.coordinator.planner.LedgerEntry.Status;
import dev.plimsoll.wire.ContributionRef;
import dev.plimsoll.wire.JournalRecord;
import dev.plimsoll.wire.RunSettings;
import dev.plimsoll.wire.WireCodec;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All the planner knows: the fold of its journal, changed by {@link #apply} alone. Two states are equal when their
 * snapshots are. Not safe for use by several threads.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class PlannerState {
    private static final ObjectMapper JSON = WireCodec.json();
    private static final int LOOK_AHEAD_SEQUENCES = 1024;

    private Optional<RunSettings> run = Optional.empty();
    private TreeMap<String, Long> nextOffsets = new TreeMap<>();
    private Fleet fleet = Fleet.empty();
    private Backlog backlog = Backlog.empty();
    private Optional<OpenStep> open = Optional.empty();
    private Ledger ledger = Ledger.empty();
    private Contributions contributions = Contributions.empty();
    private Progress progress = Progress.START;

    /** The state before the first record. */
    public static PlannerState empty() {
        return new PlannerState();
    }

    /** The inverse of {@link #toJson}. */
    public static PlannerState fromJson(String json) {
        try {
            return JSON.readValue(json, PlannerState.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the snapshot cannot be read: " + e.getOriginalMessage(), e);
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

    PlannerState copy() {
        PlannerState copy = new PlannerState();
        copy.run = run;
        copy.nextOffsets = new TreeMap<>(nextOffsets);
        copy.fleet = fleet.copy();
        copy.backlog = backlog.copy();
        copy.open = open.map(OpenStep::copy);
        copy.ledger = ledger.copy();
        copy.contributions = contributions.copy();
        copy.progress = progress;
        return copy;
    }

    public boolean isCreated() {
        return run.isPresent();
    }

    public RunSettings run() {
        return run.orElseThrow(() -> new IllegalStateException("the journal has no RunCreated yet"));
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
        return open;
    }

    public Ledger ledger() {
        return ledger;
    }

    public Contributions contributions() {
        return contributions;
    }

    public Progress progress() {
        return progress;
    }

    /** Whether more sequences should be read: the look-ahead is two steps, or a thousand sequences if that is more. */
    public boolean wantsSamples() {
        int sequences = Math.max(LOOK_AHEAD_SEQUENCES, 2 * run().steps().samplesPerStep());
        return backlog.size() < LOOK_AHEAD_SEQUENCES
                || (run().steps().samplesPerStep() > 0
                        ? backlog.size() < sequences
                        : backlog.tokens() < 2L * run().steps().tokensPerStep());
    }

    /** Throws IllegalStateException when the record does not follow from the state. */
    public void apply(JournalRecord record) {
        Illegal.when(run.isEmpty() && !startsJournal(record), record, "the run is not created");
        Illegal.when(progress.finished() && !followsFinish(record), record, "the run is finished");
        switch (record) {
            case JournalRecord.RunCreated created -> create(created);
            case JournalRecord.InputsRead read -> nextOffsets.putAll(read.nextOffsets());
            case JournalRecord.SampleAdmitted admitted -> backlog.apply(admitted);
            case JournalRecord.InputLost lost -> progress = progress.withLost(lost.toOffset() - lost.fromOffset());
            case JournalRecord.WorkerAdmitted admitted ->
                fleet.apply(admitted, run().fleet().maxMicroBatchTokens());
            case JournalRecord.WorkerReady ready -> fleet.apply(ready);
            case JournalRecord.WorkerLost lost -> lose(lost);
            case JournalRecord.LoadLineChanged changed -> changeLine(changed);
            case JournalRecord.StepOpened opened -> openStep(opened);
            case JournalRecord.MicroBatchDispatched dispatched -> dispatch(dispatched);
            case JournalRecord.MicroBatchAccepted accepted -> accept(accepted);
            case JournalRecord.MicroBatchReturned returned -> giveBack(returned);
            case JournalRecord.SampleRejected rejected -> reject(rejected);
            case JournalRecord.ContributionAsked asked -> ask(asked);
            case JournalRecord.ContributionAccepted accepted -> accept(accepted);
            case JournalRecord.ContributionVoided voided -> voidContribution(voided);
            case JournalRecord.StepSumming summing -> sum(summing);
            case JournalRecord.ShardSumAccepted sum ->
                step(sum.step(), sum).moveTo(phase(StepPhase.Summing.class, sum).with(sum));
            case JournalRecord.ClipFixed clip ->
                step(clip.step(), clip)
                        .moveTo(phase(StepPhase.Summing.class, clip)
                                .apply(clip, run().fleet().shards()));
            case JournalRecord.ShardApplyAccepted applied ->
                step(applied.step(), applied)
                        .moveTo(phase(StepPhase.Applying.class, applied).with(applied));
            case JournalRecord.StepCommitted committed -> commit(committed);
            case JournalRecord.StepDropped dropped -> drop(dropped);
            case JournalRecord.PauseChanged pause -> progress = progress.withPaused(pause.paused());
            case JournalRecord.FinishAsked asked -> progress = progress.withFinishAsked();
            case JournalRecord.RunFinished finished -> finish(finished);
            case JournalRecord.SnapshotTaken snapshot -> restore(snapshot);
        }
    }

    private static boolean startsJournal(JournalRecord record) {
        return record instanceof JournalRecord.RunCreated || record instanceof JournalRecord.SnapshotTaken;
    }

    private static boolean followsFinish(JournalRecord record) {
        return record instanceof JournalRecord.InputsRead
                || record instanceof JournalRecord.WorkerLost
                || record instanceof JournalRecord.InputLost
                || record instanceof JournalRecord.SnapshotTaken;
    }

    private void create(JournalRecord.RunCreated created) {
        Illegal.when(run.isPresent(), created, "the run is created");
        run = Optional.of(created.run());
    }

    private void lose(JournalRecord.WorkerLost lost) {
        fleet.apply(lost);
        contributions.abandon(lost.workerId(), lost.generation());
        giveBack(entry -> entry.isOf(lost.workerId(), lost.generation()) && entry.status() != Status.CONTRIBUTED);
        note(lost.workerId() + ": " + lost.note());
    }

    private void changeLine(JournalRecord.LoadLineChanged changed) {
        fleet.apply(changed);
        note(changed.workerId() + " to " + changed.maxTokens() + " tokens: " + changed.note());
    }

    private void openStep(JournalRecord.StepOpened opened) {
        Illegal.when(open.isPresent(), opened, "a step is open");
        Illegal.when(opened.step() != progress.nextStep(), opened, "the next step is " + progress.nextStep());
        Illegal.when(opened.ordinals().isEmpty(), opened, "it has no members");
        opened.ordinals()
                .forEach(ordinal -> Illegal.when(!backlog.contains(ordinal), opened, ordinal + " is not waiting"));
        List<AdmittedSample> members =
                opened.ordinals().stream().map(backlog::take).toList();
        OpenStep step = OpenStep.of(
                new OpenStep.StepHeader(opened.step(), progress.version(), opened.openedAtMillis()), members);
        step.notes().add(opened.note());
        open = Optional.of(step);
    }

    private void dispatch(JournalRecord.MicroBatchDispatched dispatched) {
        OpenStep step = training(dispatched.attempt().step(), dispatched);
        Illegal.when(
                fleet.current(dispatched.workerId(), dispatched.generation())
                        .filter(Worker::ready)
                        .isEmpty(),
                dispatched,
                "the worker is not ready in that generation");
        Illegal.when(
                dispatched.ordinals().isEmpty()
                        || !dispatched.ordinals().stream().allMatch(step::isWaiting),
                dispatched,
                "its sequences do not all wait");
        ledger.add(LedgerEntry.of(dispatched, step.lossTokens(dispatched.ordinals())), dispatched);
        step.take(dispatched.ordinals());
    }

    private void accept(JournalRecord.MicroBatchAccepted accepted) {
        training(accepted.attempt().step(), accepted);
        ledger.move(
                accepted.attempt().attempt(), Status.DISPATCHED, entry -> entry.trained(accepted.lossNats()), accepted);
    }

    private void giveBack(JournalRecord.MicroBatchReturned returned) {
        OpenStep step = training(returned.attempt().step(), returned);
        long attempt = returned.attempt().attempt();
        LedgerEntry failed = ledger.entry(attempt)
                .filter(entry -> entry.status() == Status.DISPATCHED)
                .orElse(null);
        Illegal.when(failed == null, returned, "the attempt is not under way");
        giveBack(entry -> entry.attempt().attempt() == attempt);
        failed.ordinals()
                .forEach(ordinal -> step.trouble(ordinal, step.trouble(ordinal).after(returned, failed)));
        note(failed.workerId() + " returned " + failed.ordinals().size() + " sequences, " + returned.reason() + ": "
                + returned.note());
    }

    private void giveBack(java.util.function.Predicate<LedgerEntry> which) {
        ledger.strike(which).forEach(entry -> open.orElseThrow().giveBack(entry.ordinals()));
    }

    private void reject(JournalRecord.SampleRejected rejected) {
        if (backlog.contains(rejected.ordinal())) {
            backlog.take(rejected.ordinal());
            return;
        }
        Illegal.when(open.filter(step -> step.isWaiting(rejected.ordinal())).isEmpty(), rejected, "it does not wait");
        open.orElseThrow().reject(rejected.ordinal());
        note("ordinal " + rejected.ordinal() + " rejected, " + rejected.reason() + ": " + rejected.note());
    }

    private void ask(JournalRecord.ContributionAsked asked) {
        training(asked.step(), asked);
        Illegal.when(fleet.current(asked.workerId(), asked.generation()).isEmpty(), asked, "no such generation");
        contributions.apply(asked);
        for (long attempt : asked.attempts()) {
            ledger.move(attempt, Status.TRAINED, entry -> entry.asked(asked.contribution()), asked);
            LedgerEntry entry = ledger.entry(attempt).orElseThrow();
            Illegal.when(!entry.isOf(asked.workerId(), asked.generation()), asked, "another has attempt " + attempt);
        }
    }

    private void accept(JournalRecord.ContributionAccepted accepted) {
        phase(StepPhase.Training.class, accepted);
        ContributionRef ref = accepted.contribution();
        Illegal.when(fleet.current(ref.workerId(), ref.generation()).isEmpty(), accepted, "no such generation");
        contributions.apply(accepted);
        ref.attempts().forEach(attempt -> ledger.move(attempt, Status.ASKED, LedgerEntry::contributed, accepted));
    }

    private void voidContribution(JournalRecord.ContributionVoided voided) {
        contributions.apply(voided);
        giveBack(entry -> entry.contribution() == voided.contribution());
        OpenStep step = open.orElseThrow();
        switch (step.phase()) {
            case StepPhase.Training training -> {}
            case StepPhase.Summing summing -> step.moveTo(summing.retrain());
            case StepPhase.Applying applying ->
                Illegal.when(true, voided, "the clip is fixed: the step only rolls forward");
        }
        note("contribution " + voided.contribution() + " void: " + voided.note());
    }

    private void sum(JournalRecord.StepSumming summing) {
        OpenStep step = training(summing.step(), summing);
        boolean complete = step.waiting().isEmpty()
                && ledger.entries().stream().allMatch(entry -> entry.status() == Status.CONTRIBUTED);
        Illegal.when(!complete, summing, "members are not all contributed");
        List<Long> accepted = contributions.accepted().stream()
                .map(ContributionRef::contribution)
                .toList();
        Illegal.when(!accepted.equals(summing.contributions()), summing, "accepted are " + accepted);
        step.moveTo(phase(StepPhase.Training.class, summing).sum(summing));
    }

    private void commit(JournalRecord.StepCommitted committed) {
        step(committed.step(), committed);
        StepPhase.Applying applying = phase(StepPhase.Applying.class, committed);
        Illegal.when(applying.applied().size() != run().fleet().shards(), committed, "a shard has not applied");
        Illegal.when(committed.version() != progress.version() + 1, committed, "the version is " + progress.version());
        progress = progress.committed(committed.version());
        close();
    }

    private void drop(JournalRecord.StepDropped dropped) {
        OpenStep step = training(dropped.step(), dropped);
        Illegal.when(!step.members().isEmpty(), dropped, "it has members");
        progress = progress.dropped();
        close();
    }

    private void close() {
        open = Optional.empty();
        ledger.clear();
        contributions.clear();
    }

    private void finish(JournalRecord.RunFinished finished) {
        Illegal.when(open.isPresent(), finished, "a step is open");
        progress = progress.withFinished();
    }

    private void restore(JournalRecord.SnapshotTaken snapshot) {
        if (run.isPresent()) {
            return;
        }
        PlannerState from = fromJson(snapshot.stateJson());
        run = from.run;
        nextOffsets = from.nextOffsets;
        fleet = from.fleet;
        backlog = from.backlog;
        open = from.open;
        ledger = from.ledger;
        contributions = from.contributions;
        progress = from.progress;
    }

    private OpenStep step(long step, JournalRecord record) {
        Illegal.when(open.filter(current -> current.step() == step).isEmpty(), record, "that step is not open");
        return open.orElseThrow();
    }

    private OpenStep training(long step, JournalRecord record) {
        OpenStep current = step(step, record);
        phase(StepPhase.Training.class, record);
        return current;
    }

    private <P extends StepPhase> P phase(Class<P> phase, JournalRecord record) {
        StepPhase current = open.map(OpenStep::phase).orElse(null);
        Illegal.when(!phase.isInstance(current), record, "the step's phase is " + current);
        return phase.cast(current);
    }

    private void note(String note) {
        open.ifPresent(step -> step.notes().add(note));
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
