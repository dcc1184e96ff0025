package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.testkit.LinearPeaks;
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
 * The lease is 10 s in the bench, so the deadline is 60 s. Sequences go out one by one, two at a
 * time.
 */
class HeadwayTest {
    private final Bench bench = new Bench(Bench.stepsOf(4), 1, Bench.TOKENS).worker("a");

    @AfterEach
    void replays() {
        bench.requireReplays();
    }

    /** Each second every member says the same: it lives, and is this far. */
    private void beat(int seconds, long attempt, int layersDone) {
        for (int second = 0; second < seconds; second++) {
            bench.nowMillis += 1_000;
            for (Worker worker : List.copyOf(bench.state.fleet().members())) {
                bench.report(new Report.Heartbeat(
                        worker.workerId(), worker.generation(), attempt, layersDone));
            }
            bench.feed(new Input.Tick());
        }
    }

    private List<JournalRecord.WorkerLost> lost() {
        return bench.records(JournalRecord.WorkerLost.class);
    }

    @ParameterizedTest
    @CsvSource({"1, 60", "10, 60", "11, 66", "60, 360"})
    void theDeadlineIsSixLeasesAndAMinuteAtLeast(long leaseSeconds, long deadlineSeconds) {
        assertThat(Headway.deadline(Duration.ofSeconds(leaseSeconds)))
                .isEqualTo(Duration.ofSeconds(deadlineSeconds));
    }

    @Test
    void anAttemptThatALiveWorkerNeverEndsIsTakenFromIt() {
        bench.worker("b").samples(4);
        List<LedgerEntry> stuck = bench.underWay("a");
        bench.underWay("b").forEach(entry -> bench.report(Bench.trained(entry)));
        beat(61, 0, 0);
        assertThat(lost()).isEmpty();
        beat(1, 0, 0);
        assertThat(lost())
                .extracting(JournalRecord.WorkerLost::workerId, JournalRecord.WorkerLost::note)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(
                        "a",
                        "no progress in attempt " + stuck.getFirst().attempt().attempt()
                                + " for 61 s; the deadline is 60 s"));
        assertThat(bench.underWay("b")).hasSize(2);
        bench.trainAll();
        assertThat(bench.last(Command.Contribute.class).attempts()).hasSize(4);
    }

    @Test
    void whoStalledIsAdmittedAgainWhenHeard() {
        bench.samples(4);
        beat(62, 0, 0);
        assertThat(bench.state.fleet().members()).isEmpty();
        bench.report(new Report.Heartbeat("a", 1, 0, 0));
        assertThat(bench.generation("a")).isEqualTo(2);
        bench.ready("a");
        assertThat(bench.underWay("a")).isNotEmpty();
    }

    @Test
    void layersAreProgress() {
        bench.samples(4);
        for (int layer = 0; layer < 10; layer++) {
            beat(50, 1, layer);
        }
        assertThat(lost()).isEmpty();
        beat(12, 1, 9);
        assertThat(lost()).hasSize(1);
    }

    @Test
    void aNextAttemptIsProgressThoughItsLayersAreTheSame() {
        bench.samples(4);
        beat(50, 1, 3);
        beat(50, 2, 3);
        assertThat(lost()).isEmpty();
    }

    @Test
    void whatEndsAnAttemptIsProgress() {
        bench.samples(4);
        beat(50, 0, 0);
        bench.report(Bench.trained(bench.underWay("a").getFirst()));
        beat(50, 0, 0);
        bench.report(
                Bench.failed(bench.underWay("a").getFirst(), FailureReason.UNREADABLE_SEQUENCE));
        beat(50, 0, 0);
        assertThat(lost()).isEmpty();
    }

    @Test
    void aContributionThatNeverComesEndsTheGeneration() {
        bench.samples(4);
        bench.trainAll();
        beat(60, 0, 0);
        assertThat(lost()).isEmpty();
        beat(2, 0, 0);
        assertThat(lost().getFirst().note()).startsWith("no progress in contribution 1 for 61 s");
        assertThat(bench.step().waiting()).hasSize(4);
    }

    @Test
    void whoMadeItsContributionOwesNothing() {
        bench.samples(4);
        bench.contributeAll();
        beat(600, 0, 0);
        assertThat(lost()).isEmpty();
    }

    @Test
    void whoWasIdleHasTheWholeDeadlineFromTheDispatchOn() {
        beat(3_600, 0, 0);
        bench.samples(4);
        beat(60, 0, 0);
        assertThat(lost()).isEmpty();
        beat(1, 0, 0);
        assertThat(lost()).hasSize(1);
    }

    @Test
    void whoIsNotReadyMayLoadAsLongAsItLikes() {
        bench.join("slow", "slow-1");
        beat(3_600, 0, 0);
        assertThat(lost()).isEmpty();
    }

    @Test
    void readyRepeatedAndFarewellsDoNotConfuse() {
        bench.samples(4);
        beat(50, 0, 0);
        bench.ready("a");
        beat(50, 0, 0);
        assertThat(lost()).isEmpty();
        bench.report(new Report.Left("a", 1, "maintenance"));
        assertThat(lost()).hasSize(1);
    }

    @Test
    void noDeadlineBeforeThePlannerHasCaughtUp() {
        bench.liveness = Liveness.resuming();
        bench.samples(4);
        beat(600, 0, 0);
        assertThat(lost()).isEmpty();
        bench.liveness = bench.liveness.caughtUp(bench.nowMillis);
        beat(60, 0, 0);
        assertThat(lost()).isEmpty();
        beat(1, 0, 0);
        assertThat(lost()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"30000", "-20000"})
    void deadlinesBeginAnewWhenThePlannerWasAwayOrTheClockSetBack(long jumpMillis) {
        bench.samples(4);
        beat(55, 0, 0);
        bench.nowMillis += jumpMillis;
        bench.feed(new Input.Tick());
        beat(60, 0, 0);
        assertThat(lost()).isEmpty();
        beat(1, 0, 0);
        assertThat(lost()).hasSize(1);
    }

    @Test
    void whoIsAdmittedAfterTheLookHasMadeHeadway() {
        bench.samples(4);
        assertThat(Headway.none().stalled(bench.state, 1_000_000)).isEmpty();
    }

    private void trainedIn(LedgerEntry entry, long micros) {
        long prior = LinearPeaks.OF_FOUR_LAYERS.workBytes(null, Bench.TOKENS, entry.plan());
        bench.report(new Report.MicroBatchTrained(
                entry.workerId(),
                entry.generation(),
                entry.attempt(),
                1,
                entry.lossTokens(),
                new TrainMeasures(Bench.TOKENS, prior, micros, 0)));
    }

    private void memory(String workerId) {
        MemoryMeasures memory = new MemoryMeasures(1, 1, 1, 64_000_000, 0, 64_000_001);
        bench.report(new Report.MemoryRead(workerId, bench.generation(workerId), memory));
    }

    /**
     * Two workers whose micro-batches take 100 ms, in a step in which only the first attempt of a
     * is left; b is idle.
     */
    private LedgerEntry straggler() {
        memory("a");
        bench.worker("b");
        memory("b");
        for (int step = 0; step < 3; step++) {
            bench.samples(4);
            List.of("a", "b")
                    .forEach(worker ->
                            bench.underWay(worker).forEach(entry -> trainedIn(entry, 100_000)));
            bench.commit();
        }
        bench.samples(4);
        LedgerEntry last = bench.underWay("a").getFirst();
        trainedIn(bench.underWay("a").getLast(), 100_000);
        bench.underWay("b").forEach(entry -> trainedIn(entry, 100_000));
        return last;
    }

    /** It gets on, layer by layer: the deadline of who hangs does not apply. */
    private void getOn(LedgerEntry entry, int seconds) {
        for (int layer = 0; layer < seconds; layer++) {
            bench.nowMillis += 1_000;
            bench.report(new Report.Heartbeat(
                    "a", entry.generation(), entry.attempt().attempt(), layer));
            bench.report(new Report.Heartbeat("b", bench.generation("b"), 0, 0));
            bench.feed(new Input.Tick());
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
                                + " takes 6000 ms instead of 100"));
        assertThat(bench.underWay("b")).hasSize(2);
        assertThat(bench.report(Bench.trained(slow)).records())
                .as("the second result")
                .noneMatch(JournalRecord.MicroBatchAccepted.class::isInstance);
        bench.commit();
        assertThat(bench.records(JournalRecord.StepCommitted.class)).hasSize(4);
    }

    @Test
    void theFirstResultCounts() {
        LedgerEntry slow = straggler();
        getOn(slow, 5);
        trainedIn(slow, 5_000_000);
        getOn(slow, 5);
        assertThat(lost()).isEmpty();
        bench.commit();
    }

    @Test
    void whoHasWorkLeavesAStragglerAlone() {
        LedgerEntry slow = straggler();
        bench.report(new Report.Left("b", bench.generation("b"), "gone"));
        for (int layer = 0; layer < 30; layer++) {
            bench.nowMillis += 1_000;
            bench.report(
                    new Report.Heartbeat("a", slow.generation(), slow.attempt().attempt(), layer));
            bench.feed(new Input.Tick());
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
            bench.nowMillis += 1_000;
            for (String worker : List.of("a", "b")) {
                bench.state.fleet().departed(worker).ifPresent(gone -> {
                    bench.report(new Report.Heartbeat(worker, gone.generation(), 0, 0));
                    bench.ready(worker);
                });
                LedgerEntry entry = bench.underWay(worker).stream().findFirst().orElse(null);
                long attempt = entry == null ? 0 : entry.attempt().attempt();
                int done = worked.merge(attempt, 1, Integer::sum);
                bench.report(new Report.Heartbeat(
                        worker, bench.generation(worker), attempt, entry == null ? 0 : done));
                if (entry != null
                        && (done >= slowSeconds || !entry.ordinals().contains(slowOrdinal))) {
                    bench.report(Bench.trained(entry));
                }
            }
            bench.feed(new Input.Tick());
        }
    }

    @Test
    void whatIsSlowForEverybodyIsNotPassedOnForEver() {
        LedgerEntry slow = straggler();
        bothWork(120, slow.ordinals().getFirst(), 20);
        assertThat(lost()).hasSizeBetween(1, 3);
        bench.commit();
        assertThat(bench.records(JournalRecord.StepCommitted.class)).hasSize(4);
    }

    @Test
    void theLimitOfTheNextStepIsTheFirstAgain() {
        LedgerEntry slow = straggler();
        bothWork(120, slow.ordinals().getFirst(), 20);
        bench.commit();
        int before = lost().size();
        bench.samples(4);
        bothWork(9, bench.underWay("a").getFirst().ordinals().getFirst(), 20);
        assertThat(lost()).hasSize(before + 1);
    }

    @Test
    void whatFitsOnlyTheStragglerIsLeftToIt() {
        straggler();
        bench.trainAll().commit();
        bench.samples(4);
        List<LedgerEntry> others = bench.underWay("a");
        LedgerEntry failing = bench.underWay("b").getFirst();
        long large = failing.ordinals().getFirst();
        bench.report(Bench.failed(failing, FailureReason.OUT_OF_MEMORY));
        bench.report(Bench.failed(bench.underWay("b").getLast(), FailureReason.OUT_OF_MEMORY));
        others.forEach(entry -> trainedIn(entry, 100_000));
        bench.underWay("b").forEach(entry -> trainedIn(entry, 100_000));
        LedgerEntry slow = bench.underWay("a").getFirst();
        assertThat(slow.ordinals()).containsExactly(large);
        getOn(slow, 30);
        assertThat(lost()).isEmpty();
        bench.commit();
        assertThat(bench.records(JournalRecord.SampleRejected.class)).isEmpty();
    }

    @Test
    void aPausedRunTakesNothingAway() {
        LedgerEntry slow = straggler();
        bench.ask(new Control.Pause("me"));
        getOn(slow, 30);
        assertThat(lost()).isEmpty();
    }
}
