package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Optional;

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
        Report.ShardSummed last = planner.summed(1, 6);
        planner.report(last);
        assertThat(planner.last(Command.FixClip.class).gradientNorm()).isEqualTo(Math.sqrt(9) / 12);
        assertThat(planner.report(last).isEmpty()).isTrue();
    }

    @Test
    void squaredNormsAreAddedPlainlyInTheOrderOfShards() {
        TestPlanner ofNine = new TestPlanner(TestPlanner.stepsOf(1), 9).worker("a");
        ofNine.samples(1);
        ofNine.contributeAll();
        for (int shard = 0; shard < 9; shard++) {
            ofNine.report(ofNine.summed(shard, shard == 0 ? 1 : 1e-16));
        }
        assertThat(ofNine.last(Command.FixClip.class).gradientNorm())
                .isEqualTo(1.0 / TestPlanner.LOSS_TOKENS);
    }

    @Test
    void theCommitSaysAllThatAReplicaNeeds() {
        summing();
        planner.report(planner.summed(0, 1));
        assertThat(planner.state.status().version()).isZero();
        planner.report(planner.summed(1, 1));
        assertThat(planner.state.status().version()).isEqualTo(1);
        Command.FixClip fix = planner.last(Command.FixClip.class);
        assertThat(fix.version()).isEqualTo(1);
        assertThat(fix.update()).isEqualTo(1);
        assertThat(fix.source()).contains(new SumSource(false, 1, planner.spans()));
    }

    @Test
    void ofSeveralContributionsTheShardsPublishTheSum() {
        planner.worker("b").samples(2);
        planner.contributeAll();
        Report.ShardSummed summed = planner.summed(0, 1);
        for (Optional<ChunkSpan> wrong : List.of(
                Optional.<ChunkSpan>empty(),
                Optional.of(new ChunkSpan(1, 5, 7)),
                Optional.of(new ChunkSpan(0, -1, 7)),
                Optional.of(new ChunkSpan(0, 8, 7)))) {
            Report.ShardSummed unsound =
                    new Report.ShardSummed(0, 0, summed.contributions(), 1, wrong);
            assertThat(planner.report(unsound).isEmpty()).as("%s", wrong).isTrue();
        }
        planner.sumAll(1);
        assertThat(planner.last(Command.FixClip.class).source())
                .contains(new SumSource(
                        true,
                        0,
                        List.of(new ChunkSpan(0, 5, 7), new ChunkSpan(1, 5, 7)),
                        List.of(1L, 2L)));
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
        assertThat(planner.state.fleet().worker("a")).as("it went ahead").isEmpty();
        planner.worker("a").contributeAll();
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
    void aCommittedStepOnlyRollsForward() {
        summing().sumAll(1);
        assertThat(planner.report(new Report.ContributionUnusable(0, 0, 1, "deleted"))
                        .isEmpty())
                .isTrue();
        assertThat(planner.state.status().version()).isEqualTo(1);
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
        Command.SaveState save = new Command.SaveState(1);
        assertThat(planner.last(Command.SaveState.class)).isEqualTo(save);
        assertThat(planner.report(new Report.ShardReady(0, 0)).commands())
                .containsExactly(fix, save);
        assertThat(planner.report(new Report.ShardReady(0, 1)).commands()).containsExactly(save);
        planner.saveAll();
        assertThat(planner.report(new Report.ShardReady(0, 1)).isEmpty()).isTrue();
        assertThat(planner.state.versions().since(0)).isEmpty();
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
