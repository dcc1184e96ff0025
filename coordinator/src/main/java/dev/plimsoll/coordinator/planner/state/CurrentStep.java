package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ContributionRef;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The open step with its attempts and contributions, which are always changed together. */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
final class CurrentStep {
    private final Ledger ledger;
    private final Contributions contributions;
    private Optional<OpenStep> open;

    @JsonCreator
    CurrentStep(
            @JsonProperty("open") Optional<OpenStep> open,
            @JsonProperty("ledger") Ledger ledger,
            @JsonProperty("contributions") Contributions contributions) {
        this.open = open;
        this.ledger = ledger;
        this.contributions = contributions;
    }

    static CurrentStep none() {
        return new CurrentStep(Optional.empty(), Ledger.empty(), Contributions.empty());
    }

    CurrentStep copy() {
        return new CurrentStep(open.map(OpenStep::copy), ledger.copy(), contributions.copy());
    }

    Optional<OpenStep> open() {
        return open;
    }

    Ledger ledger() {
        return ledger;
    }

    Contributions contributions() {
        return contributions;
    }

    void open(OpenStep step) {
        open = Optional.of(step);
    }

    void close() {
        open = Optional.empty();
        ledger.clear();
        contributions.clear();
    }

    void apply(JournalRecord.MicroBatchDispatched dispatched) {
        OpenStep step = training(dispatched.attempt().step(), dispatched);
        boolean allWait = !dispatched.ordinals().isEmpty()
                && dispatched.ordinals().stream().allMatch(step::isWaiting);
        IllegalRecord.when(!allWait, dispatched, "its sequences do not all wait");
        ledger.add(LedgerEntry.of(dispatched, step.lossTokens(dispatched.ordinals())), dispatched);
        step.take(dispatched.ordinals());
    }

    void apply(JournalRecord.MicroBatchAccepted accepted) {
        training(accepted.attempt().step(), accepted);
        ledger.move(
                accepted.attempt().attempt(),
                Status.DISPATCHED,
                entry -> entry.trained(accepted.lossNats()),
                accepted);
    }

    void apply(JournalRecord.MicroBatchReturned returned) {
        OpenStep step = training(returned.attempt().step(), returned);
        long attempt = returned.attempt().attempt();
        LedgerEntry failed = ledger.entry(attempt)
                .filter(entry -> entry.status() == Status.DISPATCHED)
                .orElseThrow(() ->
                        IllegalRecord.record(returned, "attempt " + attempt + " is not under way"));
        giveBack(entry -> entry.attempt().attempt() == attempt);
        failed.ordinals()
                .forEach(ordinal ->
                        step.trouble(ordinal, step.trouble(ordinal).after(returned, failed)));
        note(failed.workerId() + " returned " + failed.ordinals().size() + " sequences, "
                + returned.reason() + ": " + returned.note());
    }

    void apply(JournalRecord.SampleRejected rejected) {
        Optional<OpenStep> step = open.filter(is -> is.isWaiting(rejected.ordinal()));
        IllegalRecord.when(step.isEmpty(), rejected, "it does not wait");
        step.orElseThrow().reject(rejected.ordinal());
        note("ordinal " + rejected.ordinal() + " rejected, " + rejected.reason() + ": "
                + rejected.note());
    }

    /** What the generation has not contributed waits again; what is accepted stays. */
    void apply(JournalRecord.WorkerLost lost) {
        contributions.abandon(lost.workerId(), lost.generation());
        giveBack(entry -> entry.isOf(lost.workerId(), lost.generation())
                && entry.status() != Status.CONTRIBUTED);
    }

    void apply(JournalRecord.ContributionAsked asked) {
        training(asked.step(), asked);
        contributions.apply(asked);
        for (long attempt : asked.attempts()) {
            ledger.move(attempt, Status.TRAINED, entry -> entry.asked(asked.contribution()), asked);
            boolean own = ledger.entry(attempt)
                    .filter(entry -> entry.isOf(asked.workerId(), asked.generation()))
                    .isPresent();
            IllegalRecord.when(!own, asked, "attempt " + attempt + " is another's");
        }
    }

    void apply(JournalRecord.ContributionAccepted accepted) {
        phase(StepPhase.Training.class, accepted);
        contributions.apply(accepted);
        accepted.contribution()
                .attempts()
                .forEach(attempt ->
                        ledger.move(attempt, Status.ASKED, LedgerEntry::contributed, accepted));
    }

    void apply(JournalRecord.ContributionVoided voided) {
        contributions.apply(voided);
        giveBack(entry -> entry.contribution() == voided.contribution());
        OpenStep step = open.orElseThrow();
        switch (step.phase()) {
            case StepPhase.Training training -> {}
            case StepPhase.Summing summing -> step.moveTo(summing.retrain());
            case StepPhase.Applying applying ->
                throw IllegalRecord.record(
                        voided, "the clip is fixed: the step only rolls forward");
        }
        note("contribution " + voided.contribution() + " void: " + voided.note());
    }

    void apply(JournalRecord.StepSumming summing) {
        OpenStep step = training(summing.step(), summing);
        IllegalRecord.when(!isContributed(), summing, "members are not all contributed");
        List<Long> accepted = contributions.accepted().stream()
                .map(ContributionRef::contribution)
                .toList();
        IllegalRecord.when(
                !accepted.equals(summing.contributions()), summing, "accepted are " + accepted);
        step.moveTo(phase(StepPhase.Training.class, summing).sum(summing));
    }

    void apply(JournalRecord.ShardSumAccepted sum) {
        step(sum.step(), sum).moveTo(phase(StepPhase.Summing.class, sum).with(sum));
    }

    void apply(JournalRecord.ClipFixed clip, int shards) {
        step(clip.step(), clip).moveTo(phase(StepPhase.Summing.class, clip).apply(clip, shards));
    }

    void apply(JournalRecord.ShardApplyAccepted applied) {
        step(applied.step(), applied)
                .moveTo(phase(StepPhase.Applying.class, applied).with(applied));
    }

    void apply(JournalRecord.StepCommitted committed, int shards) {
        step(committed.step(), committed);
        int applied = phase(StepPhase.Applying.class, committed).applied().size();
        IllegalRecord.when(
                applied != shards, committed, applied + " of " + shards + " shards have applied");
        close();
    }

    void apply(JournalRecord.StepDropped dropped) {
        OpenStep step = training(dropped.step(), dropped);
        IllegalRecord.when(!step.members().isEmpty(), dropped, "it has members");
        close();
    }

    void apply(JournalRecord.StepAbandoned abandoned) {
        OpenStep step = step(abandoned.step(), abandoned);
        IllegalRecord.when(
                step.phase() instanceof StepPhase.Applying,
                abandoned,
                "the clip is fixed: the step only rolls forward");
        close();
    }

    /** Every member is in an accepted contribution. */
    boolean isContributed() {
        return open.orElseThrow().waiting().isEmpty()
                && ledger.entries().stream()
                        .allMatch(entry -> entry.status() == Status.CONTRIBUTED);
    }

    void note(String note) {
        open.ifPresent(step -> step.notes().add(note));
    }

    private void giveBack(Predicate<LedgerEntry> which) {
        ledger.strike(which).forEach(entry -> open.orElseThrow().giveBack(entry.ordinals()));
    }

    private OpenStep step(long step, JournalRecord record) {
        IllegalRecord.when(
                open.filter(current -> current.step() == step).isEmpty(),
                record,
                "that step is not open");
        return open.orElseThrow();
    }

    private OpenStep training(long step, JournalRecord record) {
        OpenStep current = step(step, record);
        phase(StepPhase.Training.class, record);
        return current;
    }

    private <P extends StepPhase> P phase(Class<P> phase, JournalRecord record) {
        StepPhase current = open.map(OpenStep::phase).orElse(null);
        IllegalRecord.when(!phase.isInstance(current), record, "the step's phase is " + current);
        return phase.cast(current);
    }
}
