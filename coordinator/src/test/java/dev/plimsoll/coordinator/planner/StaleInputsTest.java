package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;

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
        SUMMING,
        APPLYING
    }

    /**
     * Step 1, after step 0 is committed, brought to the phase; worker a is of generation 3, after
     * 1.
     */
    private static Bench at(Phase phase) {
        Bench bench = new Bench(Bench.stepsOf(2), 2).worker("a").worker("b");
        bench.samples(2);
        bench.commit();
        bench.join("a", "a-2");
        bench.ready("a");
        if (phase == Phase.IDLE) {
            return bench;
        }
        bench.samples(2);
        return switch (phase) {
            case IDLE, TRAINING -> bench;
            case ASKED -> bench.trainAll();
            case SUMMING -> bench.contributeAll();
            case APPLYING -> bench.sumAll(1);
        };
    }

    private static List<Report> stale() {
        Attempt past = new Attempt(1, 0);
        Attempt unknown = new Attempt(99, 1);
        List<Report> reports = new ArrayList<>();
        for (long generation : new long[] {1, 3, 77}) {
            for (Attempt attempt : List.of(past, unknown)) {
                reports.add(new Report.MicroBatchTrained(
                        "a", generation, attempt, 6, 6, Bench.MEASURES));
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
        reports.add(new Report.ShardApplied(0, 0, 1));
        reports.add(new Report.ShardApplied(0, 1, 1));
        reports.add(new Report.ShardApplied(0, 1, 7));
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
        Bench bench = at(phase);
        PlannerState before = bench.state.copy();
        Decision decision = bench.report(report);
        assertThat(decision.isEmpty()).as(decision.reason()).isTrue();
        assertThat(bench.state).isEqualTo(before);
        bench.requireReplays();
    }

    static Stream<Arguments> anotherAttempt() {
        return Stream.of(Arguments.of("b", 2L), Arguments.of("a", 1L));
    }

    @ParameterizedTest
    @MethodSource("anotherAttempt")
    void nobodyReportsForAnother(String workerId, long generation) {
        Bench bench = at(Phase.TRAINING);
        LedgerEntry entry = bench.underWay("a").getFirst();
        bench.report(new Report.MicroBatchTrained(
                workerId, generation, entry.attempt(), 6, entry.lossTokens(), Bench.MEASURES));
        bench.report(new Report.MicroBatchTrained(
                "a",
                3,
                new Attempt(entry.attempt().attempt(), 0),
                6,
                entry.lossTokens(),
                Bench.MEASURES));
        assertThat(bench.underWay("a")).contains(entry);
    }

    @ParameterizedTest
    @MethodSource("controls")
    void controlsMayRepeat(Control control) {
        Bench bench = at(Phase.TRAINING);
        bench.ask(control);
        PlannerState before = bench.state.copy();
        assertThat(bench.ask(control).isEmpty()).isTrue();
        assertThat(bench.state).isEqualTo(before);
    }

    static Stream<Control> controls() {
        return Stream.of(
                new Control.Pause("me"), new Control.Resume("me"), new Control.Finish("me"));
    }
}
