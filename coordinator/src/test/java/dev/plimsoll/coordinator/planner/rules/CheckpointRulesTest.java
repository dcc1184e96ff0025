package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.Checkpoints;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.StepSettings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Checkpoints and rollbacks: what they are of, when they are made, and what is trained again. */
class CheckpointRulesTest {
    private TestPlanner planner =
            new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a").worker("b");
    private int requests;

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private Decision checkpoint(String name) {
        return planner.ask(new Control.Checkpoint(name, "r" + requests++, "me"));
    }

    private Decision rollback(String name) {
        return planner.ask(new Control.Rollback(name, "r" + requests++, "me"));
    }

    private void saveAll() {
        Command.SaveCheckpoint save = planner.last(Command.SaveCheckpoint.class);
        for (int shard = 0; shard < planner.state.run().fleet().shards(); shard++) {
            planner.report(new Report.CheckpointSaved(shard, save.name(), save.version()));
        }
    }

    private void restoreAll() {
        Command.RestoreCheckpoint restore = planner.last(Command.RestoreCheckpoint.class);
        for (int shard = 0; shard < planner.state.run().fleet().shards(); shard++) {
            planner.report(new Report.CheckpointRestored(
                    shard, restore.name(), restore.baseVersion() + 1));
        }
    }

    private void steps(int number) {
        for (int i = 0; i < number; i++) {
            planner.samples(2);
            planner.commit();
        }
    }

    private List<List<Long>> opened() {
        return planner.records(JournalRecord.StepOpened.class).stream()
                .map(JournalRecord.StepOpened::ordinals)
                .toList();
    }

    private String refusal() {
        return planner.records(JournalRecord.RequestRefused.class).getLast().note();
    }

    @Test
    void aCheckpointIsOfTheCurrentVersionAndTheClipOfTheOpenStepWaitsForIt() {
        steps(3);
        planner.samples(2);
        checkpoint("c");
        assertThat(planner.last(Command.SaveCheckpoint.class))
                .isEqualTo(new Command.SaveCheckpoint("c", 3));
        planner.sumAll(1);
        assertThat(planner.commands(Command.FixClip.class)).hasSize(3);
        planner.report(new Report.CheckpointSaved(0, "c", 3));
        assertThat(planner.state.checkpoints().taken()).isEmpty();
        planner.report(new Report.CheckpointSaved(1, "c", 3));
        assertThat(planner.state.checkpoints().taken()).containsOnlyKeys("c");
        assertThat(planner.commands(Command.FixClip.class)).hasSize(4);
        assertThat(planner.state.status().version()).isEqualTo(4);
    }

    @Test
    void aRollbackTakesItsTurnAfterTheCheckpoint() {
        steps(2);
        checkpoint("c");
        rollback("c");
        assertThat(planner.commands(Command.RestoreCheckpoint.class)).isEmpty();
        assertThat(planner.last(Command.SaveCheckpoint.class))
                .isEqualTo(new Command.SaveCheckpoint("c", 2));
        saveAll();
        assertThat(planner.last(Command.RestoreCheckpoint.class))
                .isEqualTo(new Command.RestoreCheckpoint("c", 2, 2));
    }

    @Test
    void whatWasTrainedSinceIsTrainedAgainInTheSameSteps() {
        steps(2);
        checkpoint("c");
        saveAll();
        steps(3);
        List<List<Long>> since = opened().subList(2, 5);
        double rate = planner.commands(Command.FixClip.class).get(2).learningRate();
        rollback("c");
        assertThat(planner.state.open()).isEmpty();
        planner.samples(2);
        assertThat(planner.state.open()).as("while it is restored").isEmpty();
        restoreAll();
        assertThat(planner.last(Command.VersionCommitted.class).version()).isEqualTo(6);
        assertThat(planner.step().baseVersion()).isEqualTo(6);
        assertThat(planner.records(JournalRecord.StepOpened.class).getLast().step())
                .as("numbers only grow")
                .isEqualTo(5);
        assertThat(planner.step().notes().all())
                .containsExactly("version 6 is checkpoint c again, version 2");
        planner.commit();
        assertThat(planner.last(Command.FixClip.class).learningRate()).isEqualTo(rate);
        planner.commit();
        planner.commit();
        assertThat(opened().subList(5, 8)).isEqualTo(since);
        planner.commit();
        assertThat(opened().getLast()).containsExactly(10L, 11L);
        assertThat(planner.state.status().stepsDone()).isEqualTo(6);
    }

    @Test
    void anOpenStepIsAbandonedAndWhatIsStillSaidOfItIsVoid() {
        steps(1);
        checkpoint("c");
        saveAll();
        steps(1);
        planner.samples(4);
        LedgerEntry underWay = planner.underWay("a").getFirst();
        rollback("c");
        assertThat(planner.records(JournalRecord.StepAbandoned.class)).hasSize(1);
        assertThat(planner.report(TestPlanner.trained(underWay)).isEmpty()).isTrue();
        restoreAll();
        assertThat(planner.report(TestPlanner.trained(underWay)).isEmpty()).isTrue();
        assertThat(planner.step().members())
                .extracting(AdmittedSample::ordinal)
                .containsExactly(2L, 3L);
        planner.commit();
        planner.commit();
        planner.commit();
        assertThat(opened()).endsWith(List.of(4L, 5L), List.of(6L, 7L));
    }

    @Test
    void anUndoneSumDoesNotCount() {
        steps(1);
        checkpoint("c");
        saveAll();
        planner.samples(2);
        planner.contributeAll();
        Report.ShardSummed late = planner.summed(0, 1);
        rollback("c");
        assertThat(planner.report(late).isEmpty()).isTrue();
        restoreAll();
        assertThat(planner.report(late).isEmpty()).isTrue();
        assertThat(planner.report(new Report.ShardApplied(0, late.step(), 3, 0)).isEmpty())
                .isTrue();
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(3);
    }

    @Test
    void whatWasRejectedSinceStaysRejected() {
        planner = new TestPlanner(TestPlanner.stepsOf(2), 1).worker("a");
        checkpoint("c");
        saveAll();
        planner.samples(2);
        planner.samples(2);
        while (planner.records(JournalRecord.SampleRejected.class).isEmpty()) {
            planner.report(
                    TestPlanner.failed(planner.underWay("a").getFirst(), FailureReason.NON_FINITE));
        }
        long rejected =
                planner.records(JournalRecord.SampleRejected.class).getFirst().ordinal();
        rollback("c");
        restoreAll();
        planner.commit();
        planner.ask(new Control.Finish("me"));
        planner.commit();
        assertThat(opened().subList(1, 3).stream().flatMap(List::stream))
                .doesNotContain(rejected)
                .hasSize(3);
        assertThat(planner.state.status().finished()).isTrue();
    }

    @Test
    void checkpointsOfAPastThatIsUndoneAreGone() {
        steps(1);
        checkpoint("early");
        saveAll();
        steps(1);
        checkpoint("late");
        saveAll();
        steps(1);
        rollback("early");
        restoreAll();
        assertThat(planner.state.checkpoints().taken()).containsOnlyKeys("early");
        rollback("late");
        assertThat(refusal()).contains("'late'").contains("[early]");
        rollback("early");
        restoreAll();
        assertThat(planner.state.status().version()).isEqualTo(5);
        assertThat(planner.state.status().stepsDone()).isEqualTo(1);
    }

    @Test
    void aNameIsUsedAgain() {
        steps(1);
        checkpoint("c");
        saveAll();
        steps(2);
        assertThat(planner.state.backlog().trained()).isEqualTo(4);
        checkpoint("c");
        assertThat(planner.state.checkpoints().taken())
                .as("until all have saved it")
                .isEmpty();
        assertThat(planner.state.backlog().trained()).isZero();
        saveAll();
        assertThat(planner.state.checkpoints().taken().get("c").version()).isEqualTo(3);
    }

    @Test
    void requestsAreDoneOnceInTheirOrder() {
        steps(1);
        Control.Checkpoint first = new Control.Checkpoint("c", "one", "me");
        planner.ask(first);
        assertThat(planner.ask(first).isEmpty()).isTrue();
        rollback("c");
        rollback("nothing");
        saveAll();
        restoreAll();
        assertThat(planner.records(JournalRecord.RolledBack.class)).hasSize(1);
        assertThat(refusal())
                .isEqualTo("there is no checkpoint 'nothing' to roll back to; there are [c]");
        assertThat(planner.ask(first).isEmpty()).isTrue();
        assertThat(planner.state.status().version()).isEqualTo(2);
    }

    @Test
    void tooManyRequestsAndThoseAfterTheEndAreRefused() {
        for (int i = 0; i <= Checkpoints.MAX_WAITING; i++) {
            assertThat(planner.records(JournalRecord.RequestRefused.class)).isEmpty();
            checkpoint("c" + i);
        }
        checkpoint("more");
        assertThat(refusal()).contains("64 requests wait");
        while (!planner.state.checkpoints().isIdle()) {
            saveAll();
        }
        assertThat(planner.state.checkpoints().taken())
                .hasSize(Checkpoints.MAX_CHECKPOINTS)
                .doesNotContainKey("c0");
        planner.ask(new Control.Finish("me"));
        assertThat(planner.state.status().finished()).isTrue();
        rollback("c3");
        assertThat(refusal()).contains("the run is finished");
    }

    @Test
    void theRunDoesNotEndBeforeWhatIsDueIsDone() {
        steps(1);
        checkpoint("c");
        planner.ask(new Control.Finish("me"));
        assertThat(planner.state.status().finished()).isFalse();
        saveAll();
        assertThat(planner.state.status().finished()).isTrue();
    }

    @Test
    void aShardThatCameUpIsToldAgainAndRepeatsAreVoid() {
        steps(1);
        assertThat(planner.report(new Report.CheckpointSaved(0, "c", 1)).isEmpty())
                .isTrue();
        checkpoint("c");
        planner.report(new Report.ShardReady(1, 1));
        assertThat(planner.commands(Command.SaveCheckpoint.class)).hasSize(2);
        Report saved = new Report.CheckpointSaved(0, "c", 1);
        planner.report(saved);
        assertThat(planner.report(saved).isEmpty()).isTrue();
        assertThat(planner.report(new Report.CheckpointSaved(1, "c", 7)).isEmpty())
                .isTrue();
        assertThat(planner.report(new Report.CheckpointSaved(1, "d", 1)).isEmpty())
                .isTrue();
        assertThat(planner.report(new Report.CheckpointRestored(1, "c", 2)).isEmpty())
                .isTrue();
        planner.report(new Report.ShardReady(0, 1));
        assertThat(planner.commands(Command.SaveCheckpoint.class)).hasSize(2);
        saveAll();
        rollback("c");
        planner.report(new Report.ShardReady(0, 2));
        assertThat(planner.commands(Command.RestoreCheckpoint.class)).hasSize(2);
        Report restored = new Report.CheckpointRestored(0, "c", 2);
        planner.report(restored);
        assertThat(planner.report(restored).isEmpty()).isTrue();
        assertThat(planner.report(new Report.CheckpointRestored(1, "c", 3)).isEmpty())
                .isTrue();
        restoreAll();
        assertThat(planner.state.status().version()).isEqualTo(2);
    }

    @Test
    void aPausedRunCanBeSavedAndRolledBack() {
        steps(1);
        planner.ask(new Control.Pause("me"));
        checkpoint("c");
        saveAll();
        planner.ask(new Control.Resume("me"));
        steps(1);
        planner.ask(new Control.Pause("me"));
        rollback("c");
        restoreAll();
        assertThat(planner.state.open()).isEmpty();
        planner.ask(new Control.Resume("me"));
        assertThat(planner.step().members())
                .extracting(AdmittedSample::ordinal)
                .containsExactly(2L, 3L);
    }

    @Test
    void theNumberOfStepsCountsWhatIsNotUndone() {
        planner = new TestPlanner(new StepSettings(2, 0, Duration.ZERO, 3, 7), 1).worker("a");
        steps(2);
        checkpoint("c");
        saveAll();
        planner.samples(2);
        rollback("c");
        restoreAll();
        planner.commit();
        assertThat(planner.state.status().finished()).isTrue();
        assertThat(planner.state.status().version()).isEqualTo(4);
    }

    /**
     * The steps of three epochs of six samples; after {@code saved} steps a checkpoint, after
     * {@code back} more a rollback.
     */
    private List<List<Long>> threeEpochs(int saved, int back) {
        planner = new TestPlanner(new StepSettings(4, 0, Duration.ZERO, 0, 7, 3, false), 1)
                .worker("a")
                .worker("b");
        planner.samples(6);
        planner.ask(new Control.Finish("me"));
        List<List<Long>> lineage = new ArrayList<>();
        for (int step = 0; !planner.state.status().finished(); step++) {
            if (step == saved) {
                checkpoint("c");
                saveAll();
            }
            if (step == saved + back) {
                rollback("c");
                restoreAll();
                lineage = new ArrayList<>(lineage.subList(0, saved));
                assertThat(planner.feed(TestPlanner.sample(100, 10, 6))
                                .rejections()
                                .size())
                        .as("the data has ended once")
                        .isEqualTo(saved + back > 2 ? 1 : 0);
                if (saved + back <= 2) {
                    return List.of();
                }
            }
            lineage.add(opened().getLast());
            planner.commit();
        }
        planner.requireReplays();
        return lineage;
    }

    @Test
    void epochsAreTakenUpWhereTheyWere() {
        List<List<Long>> undisturbed = threeEpochs(100, 0);
        assertThat(undisturbed).hasSize(6);
        for (int saved = 0; saved < 6; saved++) {
            for (int back = Math.max(1, 3 - saved); saved + back < 6; back++) {
                assertThat(threeEpochs(saved, back))
                        .as(saved + " and " + back)
                        .isEqualTo(undisturbed);
            }
        }
    }

    @Test
    void aCheckpointThatLiesTooFarBackExpires() {
        checkpoint("far");
        saveAll();
        steps(1);
        checkpoint("near");
        saveAll();
        steps(2);
        assertThat(planner.state.backlog().trained()).isEqualTo(6);
        Draft enough = new Draft(planner.state, 0);
        CheckpointRules.expire(enough, 6);
        assertThat(enough.decision().isEmpty()).isTrue();
        Draft draft = new Draft(planner.state, 0);
        CheckpointRules.expire(draft, 5);
        draft.decision().records().forEach(planner::write);
        assertThat(planner.state.checkpoints().taken()).containsOnlyKeys("near");
        assertThat(planner.state.backlog().trained()).isEqualTo(4);
        rollback("far");
        assertThat(refusal()).contains("[near]");
    }
}
