package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAsked;
import dev.plimsoll.wire.protocol.ContributionRef;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** An open step with its attempts and contributions, which are always changed together. */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class StepWork {
    private final OpenStep step;
    private final Ledger ledger;
    private final Contributions contributions;

    /** The one contribution that is all of the step, and whose author may go ahead with it. */
    private Optional<ContributionAsked> whole;

    @JsonCreator
    StepWork(
            @JsonProperty("step") OpenStep step,
            @JsonProperty("ledger") Ledger ledger,
            @JsonProperty("contributions") Contributions contributions,
            @JsonProperty("whole") Optional<ContributionAsked> whole) {
        this.step = step;
        this.ledger = ledger;
        this.contributions = contributions;
        this.whole = whole;
    }

    static StepWork of(OpenStep step) {
        return new StepWork(step, Ledger.empty(), Contributions.empty(), Optional.empty());
    }

    StepWork copy() {
        return new StepWork(step.copy(), ledger.copy(), contributions.copy(), whole);
    }

    public OpenStep step() {
        return step;
    }

    public Ledger ledger() {
        return ledger;
    }

    public Contributions contributions() {
        return contributions;
    }

    /**
     * The one contribution that is all of the step, and that its author was asked to go ahead with;
     * empty when there is none, or it is void.
     */
    public Optional<ContributionAsked> whole() {
        return whole;
    }

    /** Every member is in an accepted contribution. */
    public boolean isContributed() {
        return step.waiting().isEmpty()
                && ledger.entries().stream()
                        .allMatch(entry -> entry.status() == Status.CONTRIBUTED);
    }

    void apply(JournalRecord.MicroBatchDispatched dispatched) {
        phase(StepPhase.Training.class, dispatched);
        boolean allWait = !dispatched.ordinals().isEmpty()
                && dispatched.ordinals().stream().allMatch(step::isWaiting);
        IllegalRecord.when(!allWait, dispatched, "its sequences do not all wait");
        ledger.add(LedgerEntry.of(dispatched, step.lossTokens(dispatched.ordinals())));
        step.take(dispatched.ordinals());
    }

    void apply(JournalRecord.MicroBatchAccepted accepted) {
        phase(StepPhase.Training.class, accepted);
        ledger.move(
                accepted.attempt().attempt(),
                Status.DISPATCHED,
                entry -> entry.trained(accepted.lossNats()),
                accepted);
    }

    void apply(JournalRecord.MicroBatchReturned returned) {
        phase(StepPhase.Training.class, returned);
        long attempt = returned.attempt().attempt();
        LedgerEntry failed = ledger.entry(attempt)
                .filter(entry -> entry.status() == Status.DISPATCHED)
                .orElseThrow(() ->
                        IllegalRecord.record(returned, "attempt " + attempt + " is not under way"));
        giveBack(entry -> entry.attempt().attempt() == attempt);
        if (failed.contribution() != 0) {
            contributions.withdraw(failed.contribution());
            ledger.unask(failed.contribution());
        }
        failed.ordinals()
                .forEach(ordinal -> step.retryLimits(
                        ordinal, step.retryLimits(ordinal).after(returned, failed)));
        note(failed.workerId() + " returned " + failed.ordinals().size() + " sequences, "
                + returned.reason() + ": " + returned.note());
    }

    /** The member must be waiting. */
    void apply(JournalRecord.SampleRejected rejected) {
        step.reject(rejected.ordinal());
        note("ordinal " + rejected.ordinal() + " rejected, " + rejected.reason() + ": "
                + rejected.note());
    }

    /** What the generation has not contributed waits again; what is accepted stays. */
    void apply(JournalRecord.WorkerLost lost) {
        contributions.abandon(lost.workerId(), lost.generation());
        giveBack(entry -> entry.isOf(lost.workerId(), lost.generation())
                && entry.status() != Status.CONTRIBUTED);
    }

    void apply(ContributionAsked asked) {
        phase(StepPhase.Training.class, asked);
        contributions.apply(asked);
        for (long attempt : asked.attempts()) {
            ledger.ask(attempt, asked.contribution(), asked);
            boolean own = ledger.entry(attempt)
                    .filter(entry -> entry.isOf(asked.workerId(), asked.generation()))
                    .isPresent();
            IllegalRecord.when(!own, asked, "attempt " + attempt + " is another's");
        }
        if (asked.ahead().isPresent()) {
            boolean all = step.waiting().isEmpty()
                    && ledger.entries().size() == asked.attempts().size()
                    && !ledger.any(Status.DISPATCHED);
            IllegalRecord.when(!all, asked, "it is not all of the step");
            whole = Optional.of(asked);
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
        StepPhase.Training training = phase(StepPhase.Training.class, summing);
        IllegalRecord.when(!isContributed(), summing, "members are not all contributed");
        List<Long> accepted = contributions.accepted().stream()
                .map(ContributionRef::contribution)
                .toList();
        IllegalRecord.when(
                !accepted.equals(summing.contributions()), summing, "accepted are " + accepted);
        step.moveTo(training.sum(summing));
    }

    void apply(JournalRecord.ShardSumAccepted sum) {
        step.moveTo(phase(StepPhase.Summing.class, sum).with(sum));
    }

    void apply(JournalRecord.ClipFixed clip, int shards) {
        step.moveTo(phase(StepPhase.Summing.class, clip).apply(clip, shards));
    }

    void apply(JournalRecord.ShardApplyAccepted applied) {
        step.moveTo(phase(StepPhase.Applying.class, applied).with(applied));
    }

    /** Checks that the step may end so. */
    void require(JournalRecord.StepCommitted committed, int shards) {
        StepPhase.Applying applying = phase(StepPhase.Applying.class, committed);
        // before the log was folded, a step waited for all shards to write it
        boolean through = committed.source().isPresent() || applying.applied().size() == shards;
        IllegalRecord.when(
                !through,
                committed,
                applying.applied().size() + " of " + shards + " shards have applied");
    }

    /** Checks that the step may end so. */
    void require(JournalRecord.StepDropped dropped) {
        phase(StepPhase.Training.class, dropped);
        IllegalRecord.when(!step.members().isEmpty(), dropped, "it has members");
    }

    /** Checks that the step may end so. */
    void require(JournalRecord.StepAbandoned abandoned) {
        IllegalRecord.when(
                step.phase() instanceof StepPhase.Applying,
                abandoned,
                "the clip is fixed: the step only rolls forward");
    }

    void note(String note) {
        step.notes().add(note);
    }

    private void giveBack(Predicate<LedgerEntry> which) {
        List<LedgerEntry> struck = ledger.strike(which);
        struck.forEach(entry -> step.giveBack(entry.ordinals()));
        if (!struck.isEmpty()) {
            whole = Optional.empty();
        }
    }

    private <P extends StepPhase> P phase(Class<P> phase, JournalRecord record) {
        StepPhase current = step.phase();
        IllegalRecord.when(!phase.isInstance(current), record, "the step's phase is " + current);
        return phase.cast(current);
    }
}
