package dev.plimsoll.coordinator.planner.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;

/** Step 0, of contribution 1, is committed, and two shards are to make its version. */
class RereadScheduleTest {
    private final TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a");

    RereadScheduleTest() {
        planner.pass(Duration.ofSeconds(2));
        planner.samples(2);
        planner.sumAll(1);
    }

    private Decision unusable(int shard, long step, long contribution) {
        return planner.report(
                new Report.ContributionUnusable(shard, step, contribution, "chunk 0 is missing"));
    }

    private List<Command> during(Duration time) {
        int before = planner.commands.size();
        planner.pass(time);
        return List.copyOf(planner.commands.subList(before, planner.commands.size()));
    }

    private List<Command> named() {
        return List.of(planner.last(Command.FixClip.class));
    }

    @Test
    void anUnusableContributionAfterTheClipIsAskedForAgain() {
        int before = planner.journal.size();
        Decision decision = unusable(0, 0, 1);
        assertThat(decision.isEmpty()).isTrue();
        assertThat(decision.reason()).contains("only rolls forward", "read again");
        assertThat(during(Duration.ofSeconds(3))).isEqualTo(named());
        assertThat(planner.journal).hasSize(before);
        unusable(0, 0, 1);
        assertThat(during(Duration.ofSeconds(3))).isEqualTo(named());
    }

    @Test
    void manyReportsHaveOneAnswer() {
        for (int i = 0; i < 3; i++) {
            unusable(0, 0, 1);
            unusable(1, 0, 1);
        }
        assertThat(during(Duration.ofSeconds(10))).isEqualTo(named());
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "0, 0, 9", "1, 0, 1"})
    void whatDoesNotHoldTheStepUpHasNone(int shard, long step, long contribution) {
        planner.report(planner.saved(1));
        unusable(shard, step, contribution);
        assertThat(during(Duration.ofSeconds(3))).isEmpty();
    }

    @Test
    void nothingIsNamedWhenTheStateIsWritten() {
        unusable(0, 0, 1);
        planner.saveAll();
        assertThat(during(Duration.ofSeconds(3))).isEmpty();
    }

    @Test
    void whatWasNotedBeforeTheClipCountsAfterIt() {
        TestPlanner other = new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a");
        other.pass(Duration.ofSeconds(2));
        other.samples(2);
        other.contributeAll();
        other.report(other.summed(0, 1));
        other.feed(
                new Input.Reported(other.summed(1, 1)),
                new Input.Reported(new Report.ContributionUnusable(0, 0, 1, "chunk 0 is missing")));
        other.pass(Duration.ofSeconds(3));
        assertThat(other.commands(Command.FixClip.class)).hasSize(2);
    }

    /**
     * The tick's turn comes while shard 1 has yet to sum; the answer must not be taken for given.
     */
    @Test
    void aReportWhoseTurnComesAfterTheTickIsAnsweredByTheNext() {
        TestPlanner other = new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a");
        other.pass(Duration.ofSeconds(2));
        other.report(new Report.ContributionUnusable(1, 7, 7, "of another step"));
        other.samples(2);
        other.contributeAll();
        other.report(other.summed(0, 1));
        other.nowMillis += 2_000;
        other.feed(
                new Input.Tick(),
                new Input.Reported(other.summed(1, 1)),
                new Input.Reported(new Report.ContributionUnusable(0, 0, 1, "chunk 0 is missing")));
        assertThat(other.commands(Command.FixClip.class)).hasSize(1);
        other.pass(Duration.ofSeconds(3));
        assertThat(other.commands(Command.FixClip.class)).hasSize(2);
    }

    @Test
    void aResumedPlannerNamesTheStepUnasked() {
        planner.liveness = Liveness.resuming();
        assertThat(during(Duration.ofSeconds(5))).isEqualTo(named());
    }

    @Test
    void theClockMayBeSetBack() {
        unusable(0, 0, 1);
        planner.nowMillis -= 500_000;
        assertThat(during(Duration.ofSeconds(3))).isEqualTo(named());
    }
}
