package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

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
class CheckpointingTest {
    private Bench bench = new Bench(Bench.stepsOf(2), 2).worker("a").worker("b");
    private int requests;

    @AfterEach
    void replays() {
        bench.requireReplays();
    }

    private Decision checkpoint(String name) {
        return bench.ask(new Control.Checkpoint(name, "r" + requests++, "me"));
    }

    private Decision rollback(String name) {
        return bench.ask(new Control.Rollback(name, "r" + requests++, "me"));
    }

    private void saveAll() {
        Command.SaveCheckpoint save = bench.last(Command.SaveCheckpoint.class);
        for (int shard = 0; shard < bench.state.run().fleet().shards(); shard++) {
            bench.report(new Report.CheckpointSaved(shard, save.name(), save.version()));
        }
    }

    private void restoreAll() {
        Command.RestoreCheckpoint restore = bench.last(Command.RestoreCheckpoint.class);
        for (int shard = 0; shard < bench.state.run().fleet().shards(); shard++) {
            bench.report(new Report.CheckpointRestored(
                    shard, restore.name(), restore.baseVersion() + 1));
        }
    }

    private void steps(int number) {
        for (int i = 0; i < number; i++) {
            bench.samples(2);
            bench.commit();
        }
    }

    private List<List<Long>> opened() {
        return bench.records(JournalRecord.StepOpened.class).stream()
                .map(JournalRecord.StepOpened::ordinals)
                .toList();
    }

    private String refusal() {
        return bench.records(JournalRecord.RequestRefused.class).getLast().note();
    }

    @Test
    void aCheckpointIsOfTheCurrentVersionAndTheClipOfTheOpenStepWaitsForIt() {
        steps(3);
        bench.samples(2);
        checkpoint("c");
        assertThat(bench.last(Command.SaveCheckpoint.class))
                .isEqualTo(new Command.SaveCheckpoint("c", 3));
        bench.sumAll(1);
        assertThat(bench.commands(Command.FixClip.class)).hasSize(3);
        bench.report(new Report.CheckpointSaved(0, "c", 3));
        assertThat(bench.state.checkpoints().taken()).isEmpty();
        bench.report(new Report.CheckpointSaved(1, "c", 3));
        assertThat(bench.state.checkpoints().taken()).containsOnlyKeys("c");
        assertThat(bench.commands(Command.FixClip.class)).hasSize(4);
        bench.commit();
        assertThat(bench.state.progress().version()).isEqualTo(4);
    }

    @Test
    void afterTheClipTheStepIsCommittedFirst() {
        steps(1);
        bench.samples(2);
        bench.sumAll(1);
        checkpoint("c");
        rollback("c");
        assertThat(bench.commands(Command.SaveCheckpoint.class)).isEmpty();
        bench.commit();
        assertThat(bench.last(Command.SaveCheckpoint.class))
                .isEqualTo(new Command.SaveCheckpoint("c", 2));
        saveAll();
        assertThat(bench.last(Command.RestoreCheckpoint.class))
                .isEqualTo(new Command.RestoreCheckpoint("c", 2, 2));
    }

    @Test
    void whatWasTrainedSinceIsTrainedAgainInTheSameSteps() {
        steps(2);
        checkpoint("c");
        saveAll();
        steps(3);
        List<List<Long>> since = opened().subList(2, 5);
        double rate = bench.commands(Command.FixClip.class).get(2).learningRate();
        rollback("c");
        assertThat(bench.state.open()).isEmpty();
        bench.samples(2);
        assertThat(bench.state.open()).as("while it is restored").isEmpty();
        restoreAll();
        assertThat(bench.last(Command.VersionCommitted.class).version()).isEqualTo(6);
        assertThat(bench.step().baseVersion()).isEqualTo(6);
        assertThat(bench.records(JournalRecord.StepOpened.class).getLast().step())
                .as("numbers only grow")
                .isEqualTo(5);
        assertThat(bench.step().notes().all())
                .containsExactly("version 6 is checkpoint c again, version 2");
        bench.commit();
        assertThat(bench.last(Command.FixClip.class).learningRate()).isEqualTo(rate);
        bench.commit();
        bench.commit();
        assertThat(opened().subList(5, 8)).isEqualTo(since);
        bench.commit();
        assertThat(opened().getLast()).containsExactly(10L, 11L);
        assertThat(bench.state.progress().stepsDone()).isEqualTo(6);
    }

    @Test
    void anOpenStepIsAbandonedAndWhatIsStillSaidOfItIsVoid() {
        steps(1);
        checkpoint("c");
        saveAll();
        steps(1);
        bench.samples(4);
        LedgerEntry underWay = bench.underWay("a").getFirst();
        rollback("c");
        assertThat(bench.records(JournalRecord.StepAbandoned.class)).hasSize(1);
        assertThat(bench.report(Bench.trained(underWay)).isEmpty()).isTrue();
        restoreAll();
        assertThat(bench.report(Bench.trained(underWay)).isEmpty()).isTrue();
        assertThat(bench.step().members())
                .extracting(AdmittedSample::ordinal)
                .containsExactly(2L, 3L);
        bench.commit();
        bench.commit();
        bench.commit();
        assertThat(opened()).endsWith(List.of(4L, 5L), List.of(6L, 7L));
    }

    @Test
    void anUndoneSumDoesNotCount() {
        steps(1);
        checkpoint("c");
        saveAll();
        bench.samples(2);
        bench.contributeAll();
        Report.ShardSummed late = bench.summed(0, 1);
        rollback("c");
        assertThat(bench.report(late).isEmpty()).isTrue();
        restoreAll();
        assertThat(bench.report(late).isEmpty()).isTrue();
        assertThat(bench.report(new Report.ShardApplied(0, late.step(), 2)).isEmpty())
                .isTrue();
        bench.commit();
        assertThat(bench.state.progress().version()).isEqualTo(3);
    }

    @Test
    void whatWasRejectedSinceStaysRejected() {
        bench = new Bench(Bench.stepsOf(2), 1).worker("a");
        checkpoint("c");
        saveAll();
        bench.samples(2);
        bench.samples(2);
        while (bench.records(JournalRecord.SampleRejected.class).isEmpty()) {
            bench.report(Bench.failed(bench.underWay("a").getFirst(), FailureReason.NON_FINITE));
        }
        long rejected =
                bench.records(JournalRecord.SampleRejected.class).getFirst().ordinal();
        rollback("c");
        restoreAll();
        bench.commit();
        bench.ask(new Control.Finish("me"));
        bench.commit();
        assertThat(opened().subList(1, 3).stream().flatMap(List::stream))
                .doesNotContain(rejected)
                .hasSize(3);
        assertThat(bench.state.progress().finished()).isTrue();
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
        assertThat(bench.state.checkpoints().taken()).containsOnlyKeys("early");
        rollback("late");
        assertThat(refusal()).contains("'late'").contains("[early]");
        rollback("early");
        restoreAll();
        assertThat(bench.state.progress().version()).isEqualTo(5);
        assertThat(bench.state.progress().stepsDone()).isEqualTo(1);
    }

    @Test
    void aNameIsUsedAgain() {
        steps(1);
        checkpoint("c");
        saveAll();
        steps(2);
        assertThat(bench.state.backlog().trained()).isEqualTo(4);
        checkpoint("c");
        assertThat(bench.state.checkpoints().taken())
                .as("until all have saved it")
                .isEmpty();
        assertThat(bench.state.backlog().trained()).isZero();
        saveAll();
        assertThat(bench.state.checkpoints().taken().get("c").version()).isEqualTo(3);
    }

    @Test
    void requestsAreDoneOnceInTheirOrder() {
        steps(1);
        Control.Checkpoint first = new Control.Checkpoint("c", "one", "me");
        bench.ask(first);
        assertThat(bench.ask(first).isEmpty()).isTrue();
        rollback("c");
        rollback("nothing");
        saveAll();
        restoreAll();
        assertThat(bench.records(JournalRecord.RolledBack.class)).hasSize(1);
        assertThat(refusal())
                .isEqualTo("there is no checkpoint 'nothing' to roll back to; there are [c]");
        assertThat(bench.ask(first).isEmpty()).isTrue();
        assertThat(bench.state.progress().version()).isEqualTo(2);
    }

    @Test
    void tooManyRequestsAndThoseAfterTheEndAreRefused() {
        for (int i = 0; i <= Checkpoints.MAX_WAITING; i++) {
            assertThat(bench.records(JournalRecord.RequestRefused.class)).isEmpty();
            checkpoint("c" + i);
        }
        checkpoint("more");
        assertThat(refusal()).contains("64 requests wait");
        while (!bench.state.checkpoints().isIdle()) {
            saveAll();
        }
        assertThat(bench.state.checkpoints().taken())
                .hasSize(Checkpoints.MAX_CHECKPOINTS)
                .doesNotContainKey("c0");
        bench.ask(new Control.Finish("me"));
        assertThat(bench.state.progress().finished()).isTrue();
        rollback("c3");
        assertThat(refusal()).contains("the run is finished");
    }

    @Test
    void theRunDoesNotEndBeforeWhatIsDueIsDone() {
        steps(1);
        checkpoint("c");
        bench.ask(new Control.Finish("me"));
        assertThat(bench.state.progress().finished()).isFalse();
        saveAll();
        assertThat(bench.state.progress().finished()).isTrue();
    }

    @Test
    void aShardThatCameUpIsToldAgainAndRepeatsAreVoid() {
        steps(1);
        assertThat(bench.report(new Report.CheckpointSaved(0, "c", 1)).isEmpty())
                .isTrue();
        checkpoint("c");
        bench.report(new Report.ShardReady(1, 1));
        assertThat(bench.commands(Command.SaveCheckpoint.class)).hasSize(2);
        Report saved = new Report.CheckpointSaved(0, "c", 1);
        bench.report(saved);
        assertThat(bench.report(saved).isEmpty()).isTrue();
        assertThat(bench.report(new Report.CheckpointSaved(1, "c", 7)).isEmpty())
                .isTrue();
        assertThat(bench.report(new Report.CheckpointSaved(1, "d", 1)).isEmpty())
                .isTrue();
        assertThat(bench.report(new Report.CheckpointRestored(1, "c", 2)).isEmpty())
                .isTrue();
        bench.report(new Report.ShardReady(0, 1));
        assertThat(bench.commands(Command.SaveCheckpoint.class)).hasSize(2);
        saveAll();
        rollback("c");
        bench.report(new Report.ShardReady(0, 2));
        assertThat(bench.commands(Command.RestoreCheckpoint.class)).hasSize(2);
        Report restored = new Report.CheckpointRestored(0, "c", 2);
        bench.report(restored);
        assertThat(bench.report(restored).isEmpty()).isTrue();
        assertThat(bench.report(new Report.CheckpointRestored(1, "c", 3)).isEmpty())
                .isTrue();
        restoreAll();
        assertThat(bench.state.progress().version()).isEqualTo(2);
    }

    @Test
    void aPausedRunCanBeSavedAndRolledBack() {
        steps(1);
        bench.ask(new Control.Pause("me"));
        checkpoint("c");
        saveAll();
        bench.ask(new Control.Resume("me"));
        steps(1);
        bench.ask(new Control.Pause("me"));
        rollback("c");
        restoreAll();
        assertThat(bench.state.open()).isEmpty();
        bench.ask(new Control.Resume("me"));
        assertThat(bench.step().members())
                .extracting(AdmittedSample::ordinal)
                .containsExactly(2L, 3L);
    }

    @Test
    void theNumberOfStepsCountsWhatIsNotUndone() {
        bench = new Bench(new StepSettings(2, 0, Duration.ZERO, 3, 7), 1).worker("a");
        steps(2);
        checkpoint("c");
        saveAll();
        bench.samples(2);
        rollback("c");
        restoreAll();
        bench.commit();
        assertThat(bench.state.progress().finished()).isTrue();
        assertThat(bench.state.progress().version()).isEqualTo(4);
    }

    /**
     * The steps of three epochs of six samples; after {@code saved} steps a checkpoint, after
     * {@code back} more a rollback.
     */
    private List<List<Long>> threeEpochs(int saved, int back) {
        bench = new Bench(new StepSettings(4, 0, Duration.ZERO, 0, 7, 3, false), 1).worker("a");
        bench.samples(6);
        bench.ask(new Control.Finish("me"));
        List<List<Long>> lineage = new ArrayList<>();
        for (int step = 0; !bench.state.progress().finished(); step++) {
            if (step == saved) {
                checkpoint("c");
                saveAll();
            }
            if (step == saved + back) {
                rollback("c");
                restoreAll();
                lineage = new ArrayList<>(lineage.subList(0, saved));
                assertThat(bench.feed(Bench.sample(100, 10, 6)).isEmpty())
                        .as("the data has ended once")
                        .isEqualTo(saved + back > 2);
                if (saved + back <= 2) {
                    return List.of();
                }
            }
            lineage.add(opened().getLast());
            bench.commit();
        }
        bench.requireReplays();
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
        assertThat(bench.state.backlog().trained()).isEqualTo(6);
        Draft enough = new Draft(bench.state, 0);
        Checkpointing.expire(enough, 6);
        assertThat(enough.decision().isEmpty()).isTrue();
        Draft draft = new Draft(bench.state, 0);
        Checkpointing.expire(draft, 5);
        draft.decision().records().forEach(bench::write);
        assertThat(bench.state.checkpoints().taken()).containsOnlyKeys("near");
        assertThat(bench.state.backlog().trained()).isEqualTo(4);
        rollback("far");
        assertThat(refusal()).contains("[near]");
    }
}
