package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/** Steps that settle while the next is trained: one worker goes ahead of the commits. */
class SettlingTest {
    private final TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(1), 2).worker("a");

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private void train() {
        LedgerEntry entry =
                planner.state.ledger().with(LedgerEntry.Status.DISPATCHED).getFirst();
        planner.report(TestPlanner.trained(entry));
    }

    private List<Long> open() {
        return planner.state.steps().stream().map(work -> work.step().step()).toList();
    }

    private List<Command.Contribute> asked() {
        return planner.commands(Command.Contribute.class);
    }

    private void contributed(int which) {
        planner.report(planner.contributed(asked().get(which)));
    }

    private void summed() {
        Report.ShardSummed first = planner.summed(0, 1);
        Report.ShardSummed second = planner.summed(1, 1);
        planner.report(first);
        planner.report(second);
    }

    @Test
    void aWorkerAloneGoesAheadAndTheNextStepOpensAtOnce() {
        planner.samples(2);
        train();
        AheadNumbers numbers = asked().getFirst().ahead().orElseThrow();
        assertThat(numbers).isEqualTo(new AheadNumbers(TestPlanner.LOSS_TOKENS, 0.05, 1));
        assertThat(open()).containsExactly(0L, 1L);
        assertThat(planner.last(Command.TrainMicroBatch.class).version()).isEqualTo(1);
        train();
        assertThat(asked().getLast().ahead())
                .contains(new AheadNumbers(TestPlanner.LOSS_TOKENS, 0.1, 2));
    }

    @Test
    void aStepThatOthersCouldShareIsNotGoneAheadOf() {
        planner.worker("b").samples(2);
        train();
        assertThat(asked().getFirst().ahead()).isEmpty();
        assertThat(open()).containsExactly(0L);
    }

    @Test
    void atMostTwoSettle() {
        planner.samples(5);
        train();
        train();
        train();
        assertThat(open()).containsExactly(0L, 1L, 2L);
        contributed(0);
        summed();
        assertThat(open()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void stepsAreSummedInTheirOrder() {
        planner.samples(2);
        train();
        train();
        contributed(1);
        assertThat(planner.commands(Command.ApplyStep.class)).isEmpty();
        contributed(0);
        assertThat(planner.last(Command.ApplyStep.class).step()).isZero();
        summed();
        assertThat(planner.last(Command.FixClip.class).version()).isEqualTo(1);
        assertThat(planner.last(Command.ApplyStep.class).step()).isEqualTo(1);
        assertThat(planner.last(Command.ApplyStep.class).baseVersion()).isEqualTo(1);
        summed();
        Command.FixClip fix = planner.last(Command.FixClip.class);
        assertThat(fix.version()).isEqualTo(2);
        AheadNumbers ahead = asked().getLast().ahead().orElseThrow();
        assertThat(fix.learningRate()).isEqualTo(ahead.learningRate());
        assertThat(fix.update()).isEqualTo(ahead.update());
    }

    @Test
    void aLaterStepThatIsDroppedDoesNotChangeTheRateThatItsAuthorHasUsed() {
        planner.samples(2);
        train();
        double rate = asked().getFirst().ahead().orElseThrow().learningRate();
        planner.report(TestPlanner.failed(
                planner.underWay("a").getFirst(),
                dev.plimsoll.wire.protocol.FailureReason.NON_FINITE));
        assertThat(planner.records(JournalRecord.StepDropped.class)).hasSize(1);
        contributed(0);
        summed();
        assertThat(planner.last(Command.FixClip.class).learningRate()).isEqualTo(rate);
    }

    @Test
    void whileAStepSettlesOnlyItsAuthorTrains() {
        planner.samples(2);
        train();
        planner.worker("b");
        planner.report(TestPlanner.failed(
                planner.underWay("a").getFirst(),
                dev.plimsoll.wire.protocol.FailureReason.RECALLED));
        assertThat(planner.underWay("b")).isEmpty();
        contributed(0);
        summed();
        planner.report(new Report.Left("a", planner.generation("a"), "test"));
        assertThat(planner.underWay("b")).hasSize(1);
    }

    @Test
    void anAuthorThatIsLostBeforeItPublishedUndoesWhatCameAfter() {
        planner.samples(3);
        train();
        train();
        assertThat(open()).containsExactly(0L, 1L, 2L);
        planner.report(new Report.Left("a", planner.generation("a"), "power"));
        assertThat(open()).containsExactly(0L);
        assertThat(planner.step().waiting()).containsExactly(0L);
        assertThat(planner.state.backlog().size()).isEqualTo(2);
        planner.worker("a");
        for (int i = 0; i < 3; i++) {
            planner.commit();
        }
        assertThat(planner.state.status().version()).isEqualTo(3);
        assertThat(planner.records(JournalRecord.StepOpened.class))
                .extracting(JournalRecord.StepOpened::step)
                .containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(planner.last(Command.FixClip.class).update()).isEqualTo(3);
    }

    @Test
    void anAuthorThatIsLostAfterItPublishedStillCounts() {
        planner.samples(2);
        train();
        contributed(0);
        planner.report(new Report.Left("a", planner.generation("a"), "power"));
        assertThat(open()).containsExactly(0L, 1L);
        planner.worker("b");
        assertThat(planner.underWay("b")).as("it has not got version 1").isEmpty();
        summed();
        assertThat(planner.underWay("b")).hasSize(1);
    }

    @Test
    void aContributionThatProvesUnusableEndsItsAuthorAndWhatCameAfter() {
        planner.samples(2);
        train();
        contributed(0);
        planner.report(new Report.ContributionUnusable(1, 0, 1, "chunk 0 is damaged"));
        assertThat(open()).containsExactly(0L);
        assertThat(planner.state.fleet().worker("a")).isEmpty();
        assertThat(planner.records(JournalRecord.WorkerLost.class).getLast().note())
                .contains("went ahead", "damaged");
        assertThat(planner.records(JournalRecord.StepsUndone.class)).hasSize(1);
        assertThat(planner.report(new Report.Heartbeat("a", 1, 0, 0)).commands())
                .hasAtLeastOneElementOfType(Command.Admitted.class);
    }

    @Test
    void aRollbackAbandonsAllOpenStepsAndEndsTheAuthor() {
        planner.ask(new Control.Checkpoint("c", "r-1", "me"));
        planner.report(new Report.CheckpointSaved(0, "c", 0));
        planner.report(new Report.CheckpointSaved(1, "c", 0));
        planner.samples(2);
        train();
        planner.ask(new Control.Rollback("c", "r-2", "me"));
        assertThat(planner.records(JournalRecord.StepAbandoned.class))
                .extracting(JournalRecord.StepAbandoned::step)
                .containsExactly(1L, 0L);
        assertThat(planner.state.fleet().worker("a")).isEmpty();
        assertThat(planner.state.backlog().size()).isEqualTo(2);
        planner.report(new Report.CheckpointRestored(0, "c", 1));
        planner.report(new Report.CheckpointRestored(1, "c", 1));
        assertThat(planner.state.versions().whole()).isEqualTo(1);
        planner.worker("a").commit();
        assertThat(planner.last(Command.FixClip.class).update()).isEqualTo(1);
        assertThat(planner.state.status().version()).isEqualTo(2);
    }

    @Test
    void theLastStepOfARunIsNotGoneBeyond() {
        TestPlanner one = new TestPlanner(
                        new dev.plimsoll.wire.run.StepSettings(1, 0, java.time.Duration.ZERO, 1, 0),
                        1)
                .worker("a");
        one.samples(3);
        one.trainAll();
        assertThat(one.state.steps()).hasSize(1);
        one.sumAll(1);
        assertThat(one.state.status().finished()).as("the state is not written").isFalse();
        one.saveAll();
        assertThat(one.state.status().finished()).isTrue();
    }

    @Test
    void aWorkerWhoseVersionDiffersFromTheShardsIsLost() {
        planner.worker("b").samples(1);
        planner.commit();
        long a = planner.generation("a");
        planner.report(new Report.VersionHeld("a", a, 1, 30));
        planner.report(new Report.ShardApplied(0, 0, 1, 10));
        planner.report(new Report.VersionHeld("b", planner.generation("b"), 1, 31));
        assertThat(planner.records(JournalRecord.WorkerLost.class)).isEmpty();
        planner.report(new Report.ShardApplied(1, 0, 1, 20));
        assertThat(planner.state.fleet().worker("a")).isPresent();
        assertThat(planner.state.fleet().worker("b")).isEmpty();
        assertThat(planner.records(JournalRecord.WorkerLost.class).getLast().note())
                .contains("31", "30", "reads the state again");
    }
}
