package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** From named contributions to a version, with shards that come and go. */
class UpdateRulesTest {
    private final TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a");

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private TestPlanner summing() {
        planner.samples(2);
        return planner.contributeAll();
    }

    @Test
    void theClipWaitsForEveryShard() {
        summing();
        planner.report(planner.summed(0, 3));
        assertThat(planner.report(planner.summed(0, 4)).isEmpty()).isTrue();
        assertThat(planner.commands(Command.FixClip.class)).isEmpty();
        planner.report(planner.summed(1, 6));
        assertThat(planner.last(Command.FixClip.class).gradientNorm()).isEqualTo(Math.sqrt(9) / 12);
        assertThat(planner.report(planner.summed(1, 6)).isEmpty()).isTrue();
    }

    @Test
    void theCommitWaitsForEveryShard() {
        summing().sumAll(1);
        planner.report(planner.applied(1));
        assertThat(planner.report(planner.applied(1)).isEmpty()).isTrue();
        assertThat(planner.report(new Report.ShardApplied(0, 0, 2, 0)).isEmpty())
                .isTrue();
        assertThat(planner.state.status().version()).isZero();
        planner.report(planner.applied(0));
        assertThat(planner.state.status().version()).isEqualTo(1);
    }

    @Test
    void aSumOfOtherContributionsIsVoid() {
        summing();
        assertThat(planner.report(new Report.ShardSummed(0, 0, List.of(9L), 1)).isEmpty())
                .isTrue();
        assertThat(planner.report(new Report.ShardSummed(0, 0, List.of(), 1)).isEmpty())
                .isTrue();
    }

    @Test
    void anUnusableContributionIsTrainedAgainAndTheSumBeginsAnew() {
        summing();
        Report.ShardSummed early = planner.summed(0, 1);
        planner.report(early);
        planner.report(new Report.ContributionUnusable(1, 0, 1, "chunk 0 holds NaN"));
        assertThat(planner.step().phase()).isInstanceOf(StepPhase.Training.class);
        planner.contributeAll();
        assertThat(planner.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.contribution())
                .containsExactly(2L);
        assertThat(planner.report(early).isEmpty()).isTrue();
        assertThat(planner.report(new Report.ContributionUnusable(0, 0, 1, "late"))
                        .isEmpty())
                .isTrue();
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(1);
    }

    @Test
    void afterTheClipTheStepOnlyRollsForward() {
        summing().sumAll(1);
        assertThat(planner.report(new Report.ContributionUnusable(0, 0, 1, "deleted"))
                        .isEmpty())
                .isTrue();
        assertThat(planner.step().phase()).isInstanceOf(StepPhase.Applying.class);
    }

    @Test
    void aShardThatComesUpIsToldWhatItMissed() {
        planner.samples(1);
        assertThat(planner.report(new Report.ShardReady(0, 0)).isEmpty()).isTrue();
        planner.samples(1);
        assertThat(planner.report(new Report.ShardReady(0, 0)).isEmpty()).isTrue();
        planner.contributeAll();
        Command.ApplyStep apply = planner.last(Command.ApplyStep.class);
        assertThat(planner.report(new Report.ShardReady(0, 0)).commands()).containsExactly(apply);
        planner.sumAll(1);
        Command.FixClip fix = planner.last(Command.FixClip.class);
        assertThat(planner.report(new Report.ShardReady(0, 0)).commands())
                .containsExactly(apply, fix);
        assertThat(planner.report(new Report.ShardReady(0, 1)).records())
                .containsExactly(new JournalRecord.ShardApplyAccepted(0, 0, 1));
        assertThat(planner.report(new Report.ShardReady(0, 1)).isEmpty()).isTrue();
        planner.report(planner.applied(1));
        assertThat(planner.state.status().version()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -1})
    void aSumThatIsNotFiniteRejectsTheStepsMembers(double squaredNorm) {
        summing();
        planner.report(planner.summed(0, 1));
        Decision decision = planner.report(planner.summed(1, squaredNorm));
        assertThat(decision.rejections())
                .extracting(SampleRejection::reason)
                .containsExactly(RejectionReason.NON_FINITE, RejectionReason.NON_FINITE);
        assertThat(planner.records(JournalRecord.StepDropped.class)).hasSize(1);
        assertThat(planner.state.status().version()).isZero();
    }

    @Test
    void withoutAMaximumNothingIsClipped() {
        TestPlanner unclipped = new TestPlanner(TestPlanner.stepsOf(1), 1, 100, 0).worker("a");
        unclipped.samples(1);
        unclipped.sumAll(1e12);
        assertThat(unclipped.last(Command.FixClip.class).gradientScale())
                .isEqualTo(1.0 / TestPlanner.LOSS_TOKENS);
    }
}
