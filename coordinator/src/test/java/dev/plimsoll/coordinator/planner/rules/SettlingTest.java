package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** Steps that settle while the next is trained: one worker goes ahead of the commits. */
class SettlingTest {
    private TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(1), 2).worker("a");

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

    private void applied(long version, long digest) {
        planner.report(new Report.ShardApplied(0, version - 1, version, digest - 1));
        planner.report(new Report.ShardApplied(1, version - 1, version, 1));
    }

    private void held(String workerId, long version, long digest) {
        planner.report(
                new Report.VersionHeld(workerId, planner.generation(workerId), version, digest));
    }

    private List<Long> voided() {
        return planner.records(JournalRecord.ContributionVoided.class).stream()
                .map(JournalRecord.ContributionVoided::contribution)
                .toList();
    }

    /** Every sequence is in one committed attempt, or it is in none and waits. */
    private void requireTrainedOnce(long... ordinals) {
        Map<Long, List<Long>> accepted = new TreeMap<>();
        for (JournalRecord record : planner.journal) {
            switch (record) {
                case JournalRecord.ContributionAccepted is ->
                    accepted.put(
                            is.contribution().contribution(), is.contribution().attempts());
                case JournalRecord.ContributionVoided is -> accepted.remove(is.contribution());
                default -> {}
            }
        }
        assertThat(planner.records(JournalRecord.StepSumming.class).stream()
                        .flatMap(summing -> summing.contributions().stream())
                        .filter(accepted::containsKey)
                        .distinct()
                        .flatMap(contribution -> accepted.get(contribution).stream())
                        .flatMap(attempt ->
                                planner.records(JournalRecord.MicroBatchDispatched.class).stream()
                                        .filter(out -> out.attempt().attempt() == attempt)
                                        .flatMap(out -> out.ordinals().stream())))
                .containsExactlyInAnyOrder(LongStream.of(ordinals).boxed().toArray(Long[]::new));
    }

    @Test
    void whatAWorkerContributedOnAVersionThatDiffersIsTrainedAgain() {
        planner = new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a").worker("b");
        planner.samples(60, 60);
        planner.commit();
        held("a", 1, 30);
        held("b", 1, 31);
        planner.report(new Report.ShardApplied(0, 0, 1, 10));
        planner.samples(60, 60);
        planner.contributeAll();
        assertThat(planner.oldest().contributions().accepted())
                .extracting(ContributionRef::workerId)
                .containsExactlyInAnyOrder("a", "b");
        planner.report(new Report.ShardApplied(1, 0, 1, 20));
        assertThat(planner.state.fleet().worker("b")).isEmpty();
        assertThat(planner.state.fleet().worker("a")).isPresent();
        assertThat(voided()).hasSize(1);
        assertThat(planner.oldest().contributions().accepted())
                .extracting(ContributionRef::workerId)
                .containsExactly("a");
        assertThat(planner.records(JournalRecord.WorkerLost.class)).hasSize(1);
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(2);
        requireTrainedOnce(0, 1, 2, 3);
    }

    /** The one worker is ahead by a version that it has made otherwise than the shards will. */
    private void goAheadWrongly() {
        planner.samples(3);
        train();
        held("a", 1, 31);
        contributed(0);
        train();
        held("a", 2, 32);
        contributed(1);
        train();
        assertThat(open()).containsExactly(0L, 1L, 2L);
        assertThat(planner.records(JournalRecord.WorkerDigestAccepted.class)).hasSize(2);
    }

    @Test
    void whatAWorkerContributedAheadOnAVersionThatDiffersIsTrainedAgain() {
        goAheadWrongly();
        summed();
        assertThat(planner.state.status().version()).isEqualTo(1);
        assertThat(open()).containsExactly(1L, 2L);
        applied(1, 30);
        assertThat(planner.state.fleet().worker("a")).isEmpty();
        assertThat(planner.records(JournalRecord.WorkerLost.class)).hasSize(1);
        assertThat(voided()).as("its base is version 0").doesNotContain(1L).contains(2L);
        assertThat(open()).containsExactly(1L);
        assertThat(planner.step().waiting()).containsExactly(1L);
        planner.worker("b");
        planner.commit();
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(3);
        assertThat(planner.last(Command.FixClip.class).update()).isEqualTo(3);
        requireTrainedOnce(0, 1, 2);
    }

    @Test
    void aWorkerThatLeftIsComparedAllTheSame() {
        goAheadWrongly();
        summed();
        planner.report(new Report.Left("a", planner.generation("a"), "it went ahead otherwise"));
        assertThat(open()).as("its contribution stays").startsWith(1L);
        assertThat(planner.oldest().contributions().accepted()).hasSize(1);
        planner.worker("b");
        applied(1, 30);
        assertThat(voided()).contains(2L);
        assertThat(planner.state.fleet().worker("b")).isPresent();
        planner.commit();
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(3);
        requireTrainedOnce(0, 1, 2);
    }

    @Test
    void aVersionMadeAheadThatIsAsTheShardsAreStays() {
        goAheadWrongly();
        summed();
        applied(1, 31);
        summed();
        applied(2, 32);
        assertThat(voided()).isEmpty();
        assertThat(planner.records(JournalRecord.WorkerLost.class)).isEmpty();
        assertThat(planner.state.status().version()).isEqualTo(2);
    }

    @Test
    void onlyWhoGoesAheadSaysWhatItHoldsBeforeItIsCommitted() {
        planner.samples(1);
        held("a", 1, 31);
        assertThat(planner.records(JournalRecord.WorkerDigestAccepted.class)).isEmpty();
        train();
        held("a", 2, 31);
        assertThat(planner.records(JournalRecord.WorkerDigestAccepted.class)).isEmpty();
        held("a", 1, 31);
        held("a", 1, 32);
        assertThat(planner.records(JournalRecord.WorkerDigestAccepted.class)).hasSize(1);
    }
}
