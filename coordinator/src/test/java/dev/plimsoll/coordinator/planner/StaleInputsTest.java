package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.StatePlace;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** In every phase of a step, what is old, unknown, foreign or repeated changes nothing. */
class StaleInputsTest {
    enum Phase {
        IDLE,
        TRAINING,
        ASKED,
        SUMMING
    }

    /**
     * Step 1, after step 0 is committed, brought to the phase; worker a is of generation 3, after
     * 1.
     */
    private static TestPlanner at(Phase phase) {
        TestPlanner planner =
                new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a").worker("b");
        planner.samples(2);
        planner.commit();
        planner.join("a", "a-2");
        planner.ready("a");
        if (phase == Phase.IDLE) {
            return planner;
        }
        planner.samples(2);
        return switch (phase) {
            case IDLE, TRAINING -> planner;
            case ASKED -> planner.trainAll();
            case SUMMING -> planner.contributeAll();
        };
    }

    private static List<Report> stale() {
        Attempt past = new Attempt(1, 0);
        Attempt unknown = new Attempt(99, 1);
        List<Report> reports = new ArrayList<>();
        for (long generation : new long[] {1, 3, 77}) {
            for (Attempt attempt : List.of(past, unknown)) {
                reports.add(new Report.MicroBatchTrained(
                        "a", generation, attempt, 6, 6, TestPlanner.MEASURES));
                for (FailureReason reason : FailureReason.values()) {
                    reports.add(new Report.MicroBatchFailed(
                            "a", generation, attempt, reason, "late", 0));
                }
            }
            for (long contribution : new long[] {1, 99}) {
                reports.add(new Report.Contributed(
                        "a", generation, contribution, 0, List.of(1L), List.of()));
            }
            reports.add(new Report.Heartbeat("a", generation, 1, 3));
        }
        reports.add(new Report.Ready("a", 1, 0));
        reports.add(new Report.Ready("a", 3, 0));
        reports.add(new Report.Left("a", 1, "late"));
        reports.add(new Report.Heartbeat("stranger", 1, 0, 0));
        reports.add(new Report.ShardSummed(0, 0, List.of(1L, 2L), 1));
        reports.add(new Report.ShardSummed(7, 1, List.of(3L), 1));
        reports.add(new Report.ShardSummed(-1, 1, List.of(3L), 1));
        reports.add(new Report.ShardApplied(0, 1, 7, 1));
        reports.add(new Report.StateSaved(0, 1, new StatePlace(0, 1, 1)));
        reports.add(new Report.StateSaved(0, 7, new StatePlace(0, 1, 1)));
        reports.add(new Report.VersionHeld("a", 1, 1, 1));
        reports.add(new Report.VersionHeld("a", 3, 7, 1));
        reports.add(new Report.CheckpointSaved(0, "c", 1));
        reports.add(new Report.CheckpointRestored(0, "c", 2));
        reports.add(new Report.ContributionUnusable(0, 0, 1, "late"));
        reports.add(new Report.ContributionUnusable(0, 1, 1, "late"));
        return reports;
    }

    static Stream<Arguments> everyPhaseAndReport() {
        return Stream.of(Phase.values())
                .flatMap(phase -> stale().stream().map(report -> Arguments.of(phase, report)));
    }

    @ParameterizedTest
    @MethodSource("everyPhaseAndReport")
    void changesNothing(Phase phase, Report report) {
        TestPlanner planner = at(phase);
        PlannerState before = planner.state.copy();
        Decision decision = planner.report(report);
        assertThat(decision.isEmpty()).as(decision.reason()).isTrue();
        assertThat(planner.state).isEqualTo(before);
        planner.requireReplays();
    }

    static Stream<Arguments> anotherAttempt() {
        return Stream.of(Arguments.of("b", 2L), Arguments.of("a", 1L));
    }

    @ParameterizedTest
    @MethodSource("anotherAttempt")
    void nobodyReportsForAnother(String workerId, long generation) {
        TestPlanner planner = at(Phase.TRAINING);
        LedgerEntry entry = planner.underWay("a").getFirst();
        planner.report(new Report.MicroBatchTrained(
                workerId,
                generation,
                entry.attempt(),
                6,
                entry.lossTokens(),
                TestPlanner.MEASURES));
        planner.report(new Report.MicroBatchTrained(
                "a",
                3,
                new Attempt(entry.attempt().attempt(), 0),
                6,
                entry.lossTokens(),
                TestPlanner.MEASURES));
        assertThat(planner.underWay("a")).contains(entry);
    }

    @ParameterizedTest
    @MethodSource("controls")
    void controlsMayRepeat(Control control) {
        TestPlanner planner = at(Phase.TRAINING);
        planner.ask(control);
        PlannerState before = planner.state.copy();
        assertThat(planner.ask(control).isEmpty()).isTrue();
        assertThat(planner.state).isEqualTo(before);
    }

    static Stream<Control> controls() {
        return Stream.of(
                new Control.Pause("me"), new Control.Resume("me"), new Control.Finish("me"));
    }
}
