package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

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
class ApplyingTest {
    private final Bench bench = new Bench(Bench.stepsOf(2), 2).worker("a");

    @AfterEach
    void replays() {
        bench.requireReplays();
    }

    private Bench summing() {
        bench.samples(2);
        return bench.contributeAll();
    }

    @Test
    void theClipWaitsForEveryShard() {
        summing();
        bench.report(bench.summed(0, 3));
        assertThat(bench.report(bench.summed(0, 4)).isEmpty()).isTrue();
        assertThat(bench.commands(Command.FixClip.class)).isEmpty();
        bench.report(bench.summed(1, 6));
        assertThat(bench.last(Command.FixClip.class).gradientNorm()).isEqualTo(Math.sqrt(9) / 12);
        assertThat(bench.report(bench.summed(1, 6)).isEmpty()).isTrue();
    }

    @Test
    void theCommitWaitsForEveryShard() {
        summing().sumAll(1);
        bench.report(bench.applied(1));
        assertThat(bench.report(bench.applied(1)).isEmpty()).isTrue();
        assertThat(bench.report(new Report.ShardApplied(0, 0, 2)).isEmpty()).isTrue();
        assertThat(bench.state.progress().version()).isZero();
        bench.report(bench.applied(0));
        assertThat(bench.state.progress().version()).isEqualTo(1);
    }

    @Test
    void aSumOfOtherContributionsIsVoid() {
        summing();
        assertThat(bench.report(new Report.ShardSummed(0, 0, List.of(9L), 1)).isEmpty())
                .isTrue();
        assertThat(bench.report(new Report.ShardSummed(0, 0, List.of(), 1)).isEmpty())
                .isTrue();
    }

    @Test
    void anUnusableContributionIsTrainedAgainAndTheSumBeginsAnew() {
        summing();
        Report.ShardSummed early = bench.summed(0, 1);
        bench.report(early);
        bench.report(new Report.ContributionUnusable(1, 0, 1, "chunk 0 holds NaN"));
        assertThat(bench.step().phase()).isInstanceOf(StepPhase.Training.class);
        bench.contributeAll();
        assertThat(bench.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.contribution())
                .containsExactly(2L);
        assertThat(bench.report(early).isEmpty()).isTrue();
        assertThat(bench.report(new Report.ContributionUnusable(0, 0, 1, "late"))
                        .isEmpty())
                .isTrue();
        bench.commit();
        assertThat(bench.state.progress().version()).isEqualTo(1);
    }

    @Test
    void afterTheClipTheStepOnlyRollsForward() {
        summing().sumAll(1);
        assertThat(bench.report(new Report.ContributionUnusable(0, 0, 1, "deleted"))
                        .isEmpty())
                .isTrue();
        assertThat(bench.step().phase()).isInstanceOf(StepPhase.Applying.class);
    }

    @Test
    void aShardThatComesUpIsToldWhatItMissed() {
        bench.samples(1);
        assertThat(bench.report(new Report.ShardReady(0, 0)).isEmpty()).isTrue();
        bench.samples(1);
        assertThat(bench.report(new Report.ShardReady(0, 0)).isEmpty()).isTrue();
        bench.contributeAll();
        Command.ApplyStep apply = bench.last(Command.ApplyStep.class);
        assertThat(bench.report(new Report.ShardReady(0, 0)).commands()).containsExactly(apply);
        bench.sumAll(1);
        Command.FixClip fix = bench.last(Command.FixClip.class);
        assertThat(bench.report(new Report.ShardReady(0, 0)).commands())
                .containsExactly(apply, fix);
        assertThat(bench.report(new Report.ShardReady(0, 1)).records())
                .containsExactly(new JournalRecord.ShardApplyAccepted(0, 0, 1));
        assertThat(bench.report(new Report.ShardReady(0, 1)).isEmpty()).isTrue();
        bench.report(bench.applied(1));
        assertThat(bench.state.progress().version()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -1})
    void aSumThatIsNotFiniteRejectsTheStepsMembers(double squaredNorm) {
        summing();
        bench.report(bench.summed(0, 1));
        Decision decision = bench.report(bench.summed(1, squaredNorm));
        assertThat(decision.rejections())
                .extracting(SampleRejection::reason)
                .containsExactly(RejectionReason.NON_FINITE, RejectionReason.NON_FINITE);
        assertThat(bench.records(JournalRecord.StepDropped.class)).hasSize(1);
        assertThat(bench.state.progress().version()).isZero();
    }

    @Test
    void withoutAMaximumNothingIsClipped() {
        Bench unclipped = new Bench(Bench.stepsOf(1), 1, 100, 0).worker("a");
        unclipped.samples(1);
        unclipped.sumAll(1e12);
        assertThat(unclipped.last(Command.FixClip.class).gradientScale())
                .isEqualTo(1.0 / Bench.LOSS_TOKENS);
    }
}
