package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAsked;
import dev.plimsoll.wire.journal.JournalRecord.MicroBatchDispatched;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The steps that are open, oldest first. The last is the front: it is trained. Those before it
 * settle: each is all in one contribution, whose author has gone ahead with it. Numbers of attempts
 * and contributions are never reused within the run.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
final class OpenSteps {
    /** How many may settle while the front is trained. */
    static final int MAX_SETTLING = 2;

    private final List<StepWork> steps;
    private long lastAttempt;
    private long lastContribution;

    @JsonCreator
    OpenSteps(
            @JsonProperty("steps") List<StepWork> steps,
            @JsonProperty("lastAttempt") long lastAttempt,
            @JsonProperty("lastContribution") long lastContribution) {
        this.steps = new ArrayList<>(steps);
        this.lastAttempt = lastAttempt;
        this.lastContribution = lastContribution;
    }

    static OpenSteps none() {
        return new OpenSteps(List.of(), 0, 0);
    }

    OpenSteps copy() {
        return new OpenSteps(
                steps.stream().map(StepWork::copy).toList(), lastAttempt, lastContribution);
    }

    List<StepWork> all() {
        return Collections.unmodifiableList(steps);
    }

    Optional<StepWork> front() {
        return steps.isEmpty() ? Optional.empty() : Optional.of(steps.getLast());
    }

    Optional<StepWork> oldest() {
        return steps.isEmpty() ? Optional.empty() : Optional.of(steps.getFirst());
    }

    /** Whether another step may open before the last one is committed. */
    boolean hasRoom() {
        return steps.isEmpty()
                || steps.size() <= MAX_SETTLING && steps.getLast().whole().isPresent();
    }

    long nextAttempt() {
        return lastAttempt + 1;
    }

    long nextContribution() {
        return lastContribution + 1;
    }

    Optional<StepWork> withContribution(long contribution) {
        return steps.stream()
                .filter(work -> work.contributions().has(contribution))
                .findFirst();
    }

    void open(OpenStep step, JournalRecord.StepOpened record) {
        IllegalRecord.when(!hasRoom(), record, "a step is open");
        steps.add(StepWork.of(step));
    }

    /** @param work that the attempt is of */
    void apply(MicroBatchDispatched dispatched, StepWork work) {
        long attempt = dispatched.attempt().attempt();
        IllegalRecord.when(
                attempt <= lastAttempt, dispatched, "the last attempt is " + lastAttempt);
        work.apply(dispatched);
        lastAttempt = attempt;
    }

    void apply(ContributionAsked asked) {
        IllegalRecord.when(
                asked.contribution() <= lastContribution,
                asked,
                "the last contribution is " + lastContribution);
        step(asked.step(), asked).apply(asked);
        lastContribution = asked.contribution();
    }

    /** Returns the sample. */
    AdmittedSample apply(JournalRecord.SampleRejected rejected) {
        StepWork of = steps.stream()
                .filter(work -> work.step().isWaiting(rejected.ordinal()))
                .findFirst()
                .orElseThrow(() -> IllegalRecord.record(rejected, "it does not wait"));
        AdmittedSample sample = of.step().member(rejected.ordinal());
        of.apply(rejected);
        return sample;
    }

    void apply(JournalRecord.WorkerLost lost) {
        steps.forEach(work -> work.apply(lost));
    }

    /** The step, which must be open. */
    StepWork step(long step, JournalRecord record) {
        return steps.stream()
                .filter(work -> work.step().step() == step)
                .findFirst()
                .orElseThrow(() -> IllegalRecord.record(record, "that step is not open"));
    }

    /** The step that the contribution is asked or accepted in. */
    StepWork of(long contribution, JournalRecord record) {
        return withContribution(contribution)
                .orElseThrow(
                        () -> IllegalRecord.record(record, "it is neither asked for nor accepted"));
    }

    /** The step, which must be the oldest: steps are summed and committed in order. */
    StepWork oldest(long step, JournalRecord record) {
        StepWork work = step(step, record);
        IllegalRecord.when(work != steps.getFirst(), record, "a step before it is open");
        return work;
    }

    /** The step, which must be the last. */
    StepWork last(long step, JournalRecord record) {
        StepWork work = step(step, record);
        IllegalRecord.when(work != steps.getLast(), record, "a step after it is open");
        return work;
    }

    void close(StepWork work) {
        steps.remove(work);
    }

    /** Closes the steps after the one that lost its contribution. */
    List<StepWork> undo(JournalRecord.StepsUndone undone) {
        StepWork from = step(undone.step(), undone);
        List<StepWork> later = steps.subList(steps.indexOf(from) + 1, steps.size());
        boolean illegal = later.isEmpty() || from.whole().isPresent();
        IllegalRecord.when(illegal, undone, "nothing goes ahead of it in vain");
        List<StepWork> closed = List.copyOf(later);
        later.clear();
        return closed;
    }

    boolean any(Predicate<StepWork> is) {
        return steps.stream().anyMatch(is);
    }
}
