package dev.plimsoll.coordinator.planner.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The lease is 10 s in the planner, so the deadline is 60 s. Sequences go out one by one, two at a
 * time.
 */
class WorkerProgressTest {
    private final TestPlanner planner =
            new TestPlanner(TestPlanner.stepsOf(4), 1, TestPlanner.TOKENS).worker("a");

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    /** Each second every member says the same: it lives, and is this far. */
    private void beat(int seconds, long attempt, int layersDone) {
        for (int second = 0; second < seconds; second++) {
            planner.nowMillis += 1_000;
            for (Worker worker : List.copyOf(planner.state.fleet().workers())) {
                planner.report(new Report.Heartbeat(
                        worker.workerId(), worker.generation(), attempt, layersDone));
            }
            planner.feed(new Input.Tick());
        }
    }

    private List<JournalRecord.WorkerLost> lost() {
        return planner.records(JournalRecord.WorkerLost.class);
    }

    @ParameterizedTest
    @CsvSource({"1, 60", "10, 60", "11, 66", "60, 360"})
    void theDeadlineIsSixLeasesAndAMinuteAtLeast(long leaseSeconds, long deadlineSeconds) {
        assertThat(ProgressDeadlines.deadline(Duration.ofSeconds(leaseSeconds)))
                .isEqualTo(Duration.ofSeconds(deadlineSeconds));
    }

    @Test
    void anAttemptThatALiveWorkerNeverEndsIsTakenFromIt() {
        planner.worker("b").samples(4);
        List<LedgerEntry> stuck = planner.underWay("a");
        planner.underWay("b").forEach(entry -> planner.report(TestPlanner.trained(entry)));
        contribute("b");
        beat(61, 0, 0);
        assertThat(lost()).isEmpty();
        beat(1, 0, 0);
        assertThat(lost())
                .extracting(JournalRecord.WorkerLost::workerId, JournalRecord.WorkerLost::note)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(
                        "a",
                        "no progress in attempt " + stuck.getFirst().attempt().attempt()
                                + " for 61 s; the deadline is 60 s"));
        assertThat(planner.underWay("b")).hasSize(2);
        planner.trainAll();
        assertThat(planner.last(Command.Contribute.class).attempts()).hasSize(2);
    }

    @Test
    void whoStalledIsAdmittedAgainWhenHeard() {
        planner.samples(4);
        beat(62, 0, 0);
        assertThat(planner.state.fleet().workers()).isEmpty();
        planner.report(new Report.Heartbeat("a", 1, 0, 0));
        assertThat(planner.generation("a")).isEqualTo(2);
        planner.ready("a");
        assertThat(planner.underWay("a")).isNotEmpty();
    }

    @Test
    void layersAreProgress() {
        planner.samples(4);
        for (int layer = 0; layer < 10; layer++) {
            beat(50, 1, layer);
        }
        assertThat(lost()).isEmpty();
        beat(12, 1, 9);
        assertThat(lost()).hasSize(1);
    }

    @Test
    void aNextAttemptIsProgressThoughItsLayersAreTheSame() {
        planner.samples(4);
        beat(50, 1, 3);
        beat(50, 2, 3);
        assertThat(lost()).isEmpty();
    }

    @Test
    void whatEndsAnAttemptIsProgress() {
        planner.samples(4);
        beat(50, 0, 0);
        planner.report(TestPlanner.trained(planner.underWay("a").getFirst()));
        beat(50, 0, 0);
        planner.report(TestPlanner.failed(
                planner.underWay("a").getFirst(), FailureReason.UNREADABLE_SEQUENCE));
        beat(50, 0, 0);
        assertThat(lost()).isEmpty();
    }

    @Test
    void aContributionThatNeverComesEndsTheGeneration() {
        planner.samples(4);
        planner.trainAll();
        beat(60, 0, 0);
        assertThat(lost()).isEmpty();
        beat(2, 0, 0);
        assertThat(lost().getFirst().note()).startsWith("no progress in contribution 1 for 61 s");
        assertThat(planner.step().waiting()).hasSize(4);
    }

    @Test
    void whoMadeItsContributionOwesNothing() {
        planner.samples(4);
        planner.contributeAll();
        beat(600, 0, 0);
        assertThat(lost()).isEmpty();
    }

    @Test
    void whoWasIdleHasTheWholeDeadlineFromTheDispatchOn() {
        beat(3_600, 0, 0);
        planner.samples(4);
        beat(60, 0, 0);
        assertThat(lost()).isEmpty();
        beat(1, 0, 0);
        assertThat(lost()).hasSize(1);
    }

    @Test
    void whoIsNotReadyMayLoadAsLongAsItLikes() {
        planner.join("slow", "slow-1");
        beat(3_600, 0, 0);
        assertThat(lost()).isEmpty();
    }

    @Test
    void readyRepeatedAndFarewellsDoNotConfuse() {
        planner.samples(4);
        beat(50, 0, 0);
        planner.ready("a");
        beat(50, 0, 0);
        assertThat(lost()).isEmpty();
        planner.report(new Report.Left("a", 1, "maintenance"));
        assertThat(lost()).hasSize(1);
    }

    @Test
    void noDeadlineBeforeThePlannerHasCaughtUp() {
        planner.liveness = Liveness.resuming();
        planner.samples(4);
        beat(600, 0, 0);
        assertThat(lost()).isEmpty();
        planner.liveness = planner.liveness.caughtUp(planner.nowMillis);
        beat(60, 0, 0);
        assertThat(lost()).isEmpty();
        beat(1, 0, 0);
        assertThat(lost()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"30000", "-20000"})
    void deadlinesBeginAnewWhenThePlannerWasAwayOrTheClockSetBack(long jumpMillis) {
        planner.samples(4);
        beat(55, 0, 0);
        planner.nowMillis += jumpMillis;
        planner.feed(new Input.Tick());
        beat(60, 0, 0);
        assertThat(lost()).isEmpty();
        beat(1, 0, 0);
        assertThat(lost()).hasSize(1);
    }

    @Test
    void aWorkerAdmittedAfterTheLastLookHasNoDeadlineYet() {
        planner.samples(4);
        assertThat(ProgressDeadlines.missed(WorkerProgress.none(), planner.state, 1_000_000))
                .isEmpty();
    }

    private void trainedIn(LedgerEntry entry, long micros) {
        long prior = LinearPeaks.OF_FOUR_LAYERS.workBytes(null, TestPlanner.TOKENS, entry.plan());
        planner.report(new Report.MicroBatchTrained(
                entry.workerId(),
                entry.generation(),
                entry.attempt(),
                1,
                entry.lossTokens(),
                new TrainMeasures(TestPlanner.TOKENS, prior, micros, 0)));
    }

    private void memory(String workerId) {
        MemoryMeasures memory = new MemoryMeasures(1, 1, 1, 64_000_000, 0, 64_000_001);
        planner.report(new Report.MemoryRead(workerId, planner.generation(workerId), memory));
    }

    /**
     * Two workers whose micro-batches take 100 ms, in a step in which only the first attempt of a
     * is left; b is idle.
     */
    private LedgerEntry straggler() {
        memory("a");
        planner.worker("b");
        memory("b");
        for (int step = 0; step < 3; step++) {
            planner.samples(4);
            List.of("a", "b")
                    .forEach(worker ->
                            planner.underWay(worker).forEach(entry -> trainedIn(entry, 100_000)));
            planner.commit();
        }
        planner.samples(4);
        LedgerEntry last = planner.underWay("a").getFirst();
        trainedIn(planner.underWay("a").getLast(), 100_000);
        planner.underWay("b").forEach(entry -> trainedIn(entry, 100_000));
        contribute("b");
        return last;
    }

    /** What the worker was asked for and has trained. */
    private void contribute(String worker) {
        planner.commands(Command.Contribute.class).stream()
                .filter(asked -> asked.workerId().equals(worker) && isTrained(asked))
                .forEach(asked -> planner.report(planner.contributed(asked)));
    }

    private boolean isTrained(Command.Contribute asked) {
        return planner.state
                .withContribution(asked.contribution())
                .filter(work -> work.contributions().asked(asked.contribution()).isPresent())
                .filter(work -> work.ledger().with(LedgerEntry.Status.DISPATCHED).stream()
                        .noneMatch(entry -> entry.contribution() == asked.contribution()))
                .isPresent();
    }

    /** It gets on, layer by layer: the deadline of who hangs does not apply. */
    private void getOn(LedgerEntry entry, int seconds) {
        for (int layer = 0; layer < seconds; layer++) {
            planner.nowMillis += 1_000;
            planner.report(new Report.Heartbeat(
                    "a", entry.generation(), entry.attempt().attempt(), layer));
            planner.report(new Report.Heartbeat("b", planner.generation("b"), 0, 0));
            planner.feed(new Input.Tick());
        }
    }

    @Test
    void whatTakesManyTimesItsForecastIsGivenToWhoHasNothingToDo() {
        LedgerEntry slow = straggler();
        getOn(slow, 6);
        assertThat(lost()).isEmpty();
        getOn(slow, 1);
        assertThat(lost())
                .hasSize(1)
                .first()
                .satisfies(lost -> assertThat(lost.note())
                        .startsWith("attempt " + slow.attempt().attempt()
                                + " takes 6000 ms instead of 99 "));
        assertThat(planner.underWay("b")).hasSize(2);
        assertThat(planner.report(TestPlanner.trained(slow)).records())
                .as("the second result")
                .noneMatch(JournalRecord.MicroBatchAccepted.class::isInstance);
        planner.commit();
        assertThat(planner.records(JournalRecord.StepCommitted.class)).hasSize(4);
    }

    @Test
    void theFirstResultCounts() {
        LedgerEntry slow = straggler();
        getOn(slow, 5);
        trainedIn(slow, 5_000_000);
        getOn(slow, 5);
        assertThat(lost()).isEmpty();
        planner.commit();
    }

    @Test
    void whoHasWorkLeavesAStragglerAlone() {
        LedgerEntry slow = straggler();
        planner.report(new Report.Left("b", planner.generation("b"), "gone"));
        for (int layer = 0; layer < 30; layer++) {
            planner.nowMillis += 1_000;
            planner.report(
                    new Report.Heartbeat("a", slow.generation(), slow.attempt().attempt(), layer));
            planner.feed(new Input.Tick());
        }
        assertThat(lost()).extracting(JournalRecord.WorkerLost::workerId).containsExactly("b");
    }

    /**
     * For so many seconds a and b work, oldest attempt first: the ordinal takes either of them its
     * time, all else a second.
     */
    private void bothWork(int seconds, long slowOrdinal, int slowSeconds) {
        Map<Long, Integer> worked = new HashMap<>();
        for (int second = 0; second < seconds; second++) {
            planner.nowMillis += 1_000;
            for (String worker : List.of("a", "b")) {
                planner.state.fleet().departed(worker).ifPresent(gone -> {
                    planner.report(new Report.Heartbeat(worker, gone.generation(), 0, 0));
                    planner.ready(worker);
                });
                LedgerEntry entry =
                        planner.underWay(worker).stream().findFirst().orElse(null);
                long attempt = entry == null ? 0 : entry.attempt().attempt();
                int done = worked.merge(attempt, 1, Integer::sum);
                planner.report(new Report.Heartbeat(
                        worker, planner.generation(worker), attempt, entry == null ? 0 : done));
                if (entry != null
                        && (done >= slowSeconds || !entry.ordinals().contains(slowOrdinal))) {
                    planner.report(TestPlanner.trained(entry));
                }
                contribute(worker);
            }
            planner.feed(new Input.Tick());
        }
    }

    @Test
    void whatIsSlowForEverybodyIsNotPassedOnForEver() {
        LedgerEntry slow = straggler();
        bothWork(120, slow.ordinals().getFirst(), 20);
        assertThat(lost()).hasSizeBetween(1, 3);
        planner.commit();
        assertThat(planner.records(JournalRecord.StepCommitted.class)).hasSize(4);
    }

    @Test
    void theLimitOfTheNextStepIsTheFirstAgain() {
        LedgerEntry slow = straggler();
        bothWork(120, slow.ordinals().getFirst(), 20);
        planner.commit();
        int before = lost().size();
        planner.samples(4);
        bothWork(9, planner.underWay("a").getFirst().ordinals().getFirst(), 20);
        assertThat(lost()).hasSize(before + 1);
    }

    @Test
    void whatFitsOnlyTheStragglerIsLeftToIt() {
        straggler();
        planner.trainAll().commit();
        planner.samples(4);
        List<LedgerEntry> others = planner.underWay("a");
        LedgerEntry failing = planner.underWay("b").getFirst();
        long large = failing.ordinals().getFirst();
        planner.report(TestPlanner.failed(failing, FailureReason.OUT_OF_MEMORY));
        planner.report(
                TestPlanner.failed(planner.underWay("b").getLast(), FailureReason.OUT_OF_MEMORY));
        others.forEach(entry -> trainedIn(entry, 100_000));
        planner.underWay("b").forEach(entry -> trainedIn(entry, 100_000));
        LedgerEntry slow = planner.underWay("a").getFirst();
        assertThat(slow.ordinals()).containsExactly(large);
        getOn(slow, 30);
        assertThat(lost()).isEmpty();
        planner.commit();
        assertThat(planner.records(JournalRecord.SampleRejected.class)).isEmpty();
    }

    @Test
    void aPausedRunTakesNothingAway() {
        LedgerEntry slow = straggler();
        planner.ask(new Control.Pause("me"));
        getOn(slow, 30);
        assertThat(lost()).isEmpty();
    }
}
