package dev.plimsoll.coordinator.planner.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A journal that contradicts itself stops whoever replays it. */
class IllegalRecordsTest {
    private static final WorkerDevice DEVICE = new WorkerDevice("cpu", "test", "fp32", 0);

    private static TestPlanner training() {
        TestPlanner planner = TestPlanner.ofSamplesPerStep(2).worker("a").worker("b");
        planner.samples(3);
        return planner;
    }

    private static TestPlanner asked() {
        return training().trainAll();
    }

    private static TestPlanner summing() {
        return training().contributeAll();
    }

    private static TestPlanner applying() {
        TestPlanner planner = training().contributeAll();
        for (int shard = 0; shard < planner.state.run().fleet().shards(); shard++) {
            planner.write(new JournalRecord.ShardSumAccepted(shard, 0, 1));
        }
        planner.write(new JournalRecord.ClipFixed(0, 1, 1, 1));
        return planner;
    }

    /** Step 0 settles, step 1 is trained. */
    private static TestPlanner ahead() {
        TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(1), 2).worker("a");
        planner.samples(2);
        planner.report(TestPlanner.trained(planner.underWay("a").getFirst()));
        return planner;
    }

    private static TestPlanner finished() {
        TestPlanner planner = TestPlanner.ofSamplesPerStep(2);
        planner.ask(new Control.Finish("me"));
        return planner;
    }

    /** Of two epochs, the second has begun; a is draining. */
    private static TestPlanner secondEpoch() {
        TestPlanner planner = new TestPlanner(
                        new StepSettings(2, 0, Duration.ZERO, 0, 7, 2, false), 1)
                .worker("a");
        planner.samples(2);
        planner.ask(new Control.Finish("me"));
        planner.commit();
        planner.report(new Report.Draining("a", planner.generation("a"), "test"));
        return planner;
    }

    /**
     * One checkpoint is taken, another of the same version is being saved by the first of two
     * shards, a rollback waits.
     */
    private static TestPlanner saving() {
        TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a");
        planner.ask(new Control.Checkpoint("c", "r-1", "me"));
        planner.report(new Report.CheckpointSaved(0, "c", 0));
        planner.report(new Report.CheckpointSaved(1, "c", 0));
        planner.ask(new Control.Checkpoint("d", "r-2", "me"));
        planner.report(new Report.CheckpointSaved(0, "d", 0));
        planner.ask(new Control.Rollback("c", "r-3", "me"));
        return planner;
    }

    /** The rollback's turn has come: the first of two shards has restored. */
    private static TestPlanner restoring() {
        TestPlanner planner = saving();
        planner.report(new Report.CheckpointSaved(1, "d", 0));
        planner.report(new Report.CheckpointRestored(0, "c", 1));
        return planner;
    }

    private static final SumSource SOURCE = new SumSource(true, 0, List.of());

    private static Arguments row(Supplier<TestPlanner> planner, JournalRecord record) {
        return Arguments.of(planner, record);
    }

    static Stream<Arguments> illegal() {
        SequenceRef sequence = new SequenceRef(0, 5, 5, 1);
        Supplier<TestPlanner> idle = () -> TestPlanner.ofSamplesPerStep(2);
        Supplier<TestPlanner> training = IllegalRecordsTest::training;
        Supplier<TestPlanner> asked = IllegalRecordsTest::asked;
        Supplier<TestPlanner> summing = IllegalRecordsTest::summing;
        Supplier<TestPlanner> applying = IllegalRecordsTest::applying;
        Supplier<TestPlanner> finished = IllegalRecordsTest::finished;
        Supplier<TestPlanner> secondEpoch = IllegalRecordsTest::secondEpoch;
        Supplier<TestPlanner> saving = IllegalRecordsTest::saving;
        Supplier<TestPlanner> restoring = IllegalRecordsTest::restoring;
        Supplier<TestPlanner> ahead = IllegalRecordsTest::ahead;
        DataPosition start = new DataPosition(0, 0);
        SequenceRef late = new SequenceRef(2, 5, 5, 1);
        Supplier<TestPlanner> capped = () -> {
            TestPlanner planner = training();
            planner.write(new JournalRecord.MemoryCapped("a", 10, "r", ""));
            return planner;
        };
        return Stream.of(
                row(
                        idle,
                        new JournalRecord.RunCreated(
                                TestPlanner.ofSamplesPerStep(1).state.run())),
                row(
                        training,
                        new JournalRecord.SampleAdmitted(sequence, "s", new SampleOrigin(0, 0))),
                row(
                        secondEpoch,
                        new JournalRecord.SampleAdmitted(late, "s", new SampleOrigin(0, 2))),
                row(secondEpoch, new JournalRecord.EpochStarted(2)),
                row(training, new JournalRecord.EpochStarted(1)),
                row(idle, new JournalRecord.EpochStarted(1)),
                row(secondEpoch, new JournalRecord.WorkerReady("a", 1)),
                row(training, new JournalRecord.WorkerDraining("a", 7, "")),
                row(training, new JournalRecord.MemoryCapped("c", 10, "r", "")),
                row(capped, new JournalRecord.MemoryCapped("a", 11, "r", "")),
                row(capped, new JournalRecord.WorkerDraining("a", 1, "", Optional.of("r"))),
                row(training, new JournalRecord.WorkerAdmitted("a", "a-2", 1, 9, DEVICE)),
                row(training, new JournalRecord.WorkerAdmitted("c", "c-1", 1, 2, DEVICE)),
                row(training, new JournalRecord.WorkerReady("a", 7)),
                row(training, new JournalRecord.WorkerReady("c", 1)),
                row(training, new JournalRecord.WorkerLost("a", 2, "")),
                row(training, new JournalRecord.LoadLineChanged("c", 10, "")),
                row(training, new JournalRecord.StepOpened(1, List.of(2L), 0, "")),
                row(idle, new JournalRecord.StepOpened(1, List.of(0L), 0, "")),
                row(idle, new JournalRecord.StepOpened(0, List.of(0L), 0, "")),
                row(idle, new JournalRecord.StepOpened(0, List.of(), 0, "")),
                row(training, dispatched(3, 0, "a", 1, 0L)),
                row(training, dispatched(3, 0, "a", 1)),
                row(training, dispatched(3, 1, "a", 1, 0L)),
                row(training, dispatched(3, 0, "a", 2, 0L)),
                row(training, dispatched(3, 0, "c", 1, 0L)),
                row(summing, dispatched(3, 0, "a", 1, 0L)),
                row(training, new JournalRecord.MicroBatchAccepted(new Attempt(9, 0), 1, 1)),
                row(training, new JournalRecord.MicroBatchAccepted(new Attempt(1, 1), 1, 1)),
                row(asked, new JournalRecord.MicroBatchAccepted(new Attempt(1, 0), 1, 1)),
                row(asked, returned(1)),
                row(training, returned(9)),
                row(training, rejected(0)),
                row(idle, rejected(0)),
                row(asked, new JournalRecord.ContributionAsked(1, "a", 1, 0, List.of(1L))),
                row(training, new JournalRecord.ContributionAsked(1, "a", 1, 0, List.of(1L))),
                row(training, accepted(1, "a", 1, 1L)),
                row(asked, accepted(1, "a", 1, 2L)),
                row(asked, accepted(1, "b", 2, 1L)),
                row(asked, accepted(1, "a", 9, 1L)),
                row(asked, accepted(9, "a", 1, 1L)),
                row(summing, accepted(1, "a", 1, 1L)),
                row(asked, new JournalRecord.ContributionVoided(9, "")),
                row(applying, new JournalRecord.ContributionVoided(1, "")),
                row(asked, new JournalRecord.StepSumming(0, List.of(), 12)),
                row(training, new JournalRecord.StepSumming(0, List.of(), 12)),
                row(summing, new JournalRecord.StepSumming(0, List.of(1L, 2L), 12)),
                row(asked, new JournalRecord.ShardSumAccepted(0, 0, 1)),
                row(applying, new JournalRecord.ShardSumAccepted(0, 0, 1)),
                row(summing, new JournalRecord.ShardSumAccepted(0, 1, 1)),
                row(summing, new JournalRecord.ClipFixed(0, 1, 1, 1)),
                row(training, new JournalRecord.ClipFixed(0, 1, 1, 1)),
                row(idle, new JournalRecord.ClipFixed(0, 1, 1, 1)),
                row(summing, new JournalRecord.ShardApplyAccepted(0, 0, 1)),
                row(applying, committed(1, 0, Optional.empty())),
                row(applying, committed(2, 1, Optional.of(SOURCE))),
                row(applying, committed(1, 2, Optional.of(SOURCE))),
                row(summing, committed(1, 1, Optional.of(SOURCE))),
                row(training, new JournalRecord.StepsUndone(0, "")),
                row(idle, new JournalRecord.StepsUndone(0, "")),
                row(ahead, new JournalRecord.StepsUndone(0, "")),
                row(ahead, new JournalRecord.StepAbandoned(0, "")),
                row(ahead, new JournalRecord.StepSumming(1, List.of(), 12)),
                row(ahead, new JournalRecord.RunFinished("")),
                row(idle, new JournalRecord.StateAsked(1)),
                row(idle, new JournalRecord.StateSaveAccepted(0, 0, new StatePlace(0, 1, 1))),
                row(training, new JournalRecord.StepDropped(0, "")),
                row(idle, new JournalRecord.StepDropped(0, "")),
                row(applying, new JournalRecord.StepAbandoned(0, "")),
                row(training, new JournalRecord.StepAbandoned(1, "")),
                row(saving, new JournalRecord.CheckpointAsked("e", "r-1", "")),
                row(saving, new JournalRecord.RollbackAsked("c", "r-3", "")),
                row(idle, new JournalRecord.CheckpointBegun("c", 0, 0, start)),
                row(saving, new JournalRecord.CheckpointBegun("c", 0, 0, start)),
                row(saving, new JournalRecord.CheckpointSaveAccepted(0, "d", 0)),
                row(saving, new JournalRecord.CheckpointSaveAccepted(1, "c", 0)),
                row(saving, new JournalRecord.CheckpointSaveAccepted(1, "d", 1)),
                row(saving, new JournalRecord.CheckpointTaken("d", 0)),
                row(saving, new JournalRecord.CheckpointExpired("d", "")),
                row(saving, new JournalRecord.RollbackBegun("c", 0)),
                row(saving, new JournalRecord.CheckpointRestoreAccepted(0, "c", 1)),
                row(saving, new JournalRecord.RolledBack("c", 0, 1)),
                row(saving, new JournalRecord.RunFinished("")),
                row(restoring, new JournalRecord.CheckpointTaken("d", 0)),
                row(restoring, new JournalRecord.CheckpointRestoreAccepted(0, "c", 1)),
                row(restoring, new JournalRecord.CheckpointRestoreAccepted(1, "c", 2)),
                row(restoring, new JournalRecord.CheckpointRestoreAccepted(1, "d", 1)),
                row(restoring, new JournalRecord.RolledBack("c", 0, 1)),
                row(restoring, new JournalRecord.StepOpened(0, List.of(0L), 0, "")),
                row(idle, new JournalRecord.RollbackBegun("c", 0)),
                row(training, new JournalRecord.RunFinished("")),
                row(finished, new JournalRecord.RunFinished("")),
                row(finished, new JournalRecord.FinishAsked("")));
    }

    private static JournalRecord dispatched(
            long attempt, long step, String workerId, long generation, Long... ordinals) {
        return new JournalRecord.MicroBatchDispatched(
                new Attempt(attempt, step), workerId, generation, List.of(ordinals), Loading.ROOMY);
    }

    private static JournalRecord committed(long version, long update, Optional<SumSource> source) {
        return new JournalRecord.StepCommitted(0, version, update, source);
    }

    private static JournalRecord returned(long attempt) {
        return new JournalRecord.MicroBatchReturned(
                new Attempt(attempt, 0), FailureReason.NON_FINITE, "", 1);
    }

    private static JournalRecord rejected(long ordinal) {
        return new JournalRecord.SampleRejected(ordinal, RejectionReason.NON_FINITE, "");
    }

    private static JournalRecord accepted(
            long contribution, String workerId, long generation, long attempt) {
        return new JournalRecord.ContributionAccepted(new ContributionRef(
                contribution, workerId, generation, List.of(attempt), List.of()));
    }

    @ParameterizedTest
    @MethodSource("illegal")
    void stopsTheReplay(Supplier<TestPlanner> planner, JournalRecord record) {
        PlannerState state = planner.get().state;
        assertThatThrownBy(() -> state.apply(record))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is illegal here");
    }

    @Test
    void anAttemptIdIsNeverUsedTwice() {
        TestPlanner planner = training();
        planner.report(
                TestPlanner.failed(planner.underWay("a").getFirst(), FailureReason.OUT_OF_MEMORY));
        PlannerState state = planner.state;
        state.apply(new JournalRecord.WorkerLost("a", 1, ""));
        long waiting = state.open().orElseThrow().waiting().iterator().next();
        assertThatThrownBy(() -> state.apply(dispatched(1, 0, "b", 2, waiting)))
                .hasMessageContaining("the last attempt is");
    }

    @Test
    void aContributionOfAnothersAttemptsIsNotAskedFor() {
        TestPlanner planner =
                new TestPlanner(TestPlanner.stepsOf(4), 2).worker("a").worker("b");
        planner.samples(4);
        PlannerState state = planner.state;
        List<LedgerEntry> own = planner.underWay("a");
        long other = own.getLast().attempt().attempt();
        assertThatThrownBy(() -> state.apply(
                        new JournalRecord.ContributionAsked(3, "a", 1, 0, List.of(other))))
                .as("it is asked for already")
                .hasMessageContaining("neither trained nor under way");
        // with it goes what it was asked for with
        state.apply(new JournalRecord.MicroBatchReturned(
                own.getFirst().attempt(), FailureReason.RECALLED, "", 0));
        assertThatThrownBy(() -> state.apply(
                        new JournalRecord.ContributionAsked(4, "b", 2, 0, List.of(other))))
                .hasMessageContaining("another's");
    }

    @Test
    void aShardSumsAndAppliesOnce() {
        TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(1), 2).worker("a");
        planner.samples(1);
        planner.contributeAll();
        PlannerState state = planner.state;
        state.apply(new JournalRecord.ShardSumAccepted(0, 0, 1));
        assertThatThrownBy(() -> state.apply(new JournalRecord.ShardSumAccepted(0, 0, 1)))
                .hasMessageContaining("has summed");
        state.apply(new JournalRecord.ShardSumAccepted(1, 0, 1));
        state.apply(new JournalRecord.ClipFixed(0, 1, 1, 1));
        state.apply(new JournalRecord.ShardApplyAccepted(0, 0, 1));
        assertThatThrownBy(() -> state.apply(new JournalRecord.ShardApplyAccepted(0, 0, 1)))
                .hasMessageContaining("has applied");
    }

    @Test
    void whatIsBegunMustBeOfTheStateAsItIs() {
        TestPlanner planner = training();
        PlannerState state = planner.state;
        state.apply(new JournalRecord.CheckpointAsked("c", "r-1", ""));
        DataPosition start = new DataPosition(0, 0);
        assertThatThrownBy(() -> state.apply(new JournalRecord.CheckpointBegun("c", 1, 0, start)))
                .hasMessageContaining("the version is 0");
        assertThatThrownBy(() -> state.apply(new JournalRecord.CheckpointBegun("c", 0, 1, start)))
                .hasMessageContaining("of 0 steps");
        PlannerState after = applying().state;
        after.apply(new JournalRecord.CheckpointAsked("c", "r-1", ""));
        assertThatThrownBy(() -> after.apply(new JournalRecord.CheckpointBegun("c", 0, 0, start)))
                .hasMessageContaining("only rolls forward");
        after.apply(new JournalRecord.RequestRefused("r-1", ""));
        after.apply(new JournalRecord.RollbackAsked("c", "r-2", ""));
        assertThatThrownBy(() -> after.apply(new JournalRecord.RollbackBegun("c", 0)))
                .hasMessageContaining("a step is open");
    }

    @Test
    void noClipIsFixedWhileTheVersionIsBeingSaved() {
        PlannerState state = summing().state;
        state.apply(new JournalRecord.CheckpointAsked("c", "r-1", ""));
        state.apply(new JournalRecord.CheckpointBegun("c", 0, 0, new DataPosition(0, 0)));
        state.apply(new JournalRecord.ShardSumAccepted(0, 0, 1));
        assertThatThrownBy(() -> state.apply(new JournalRecord.ClipFixed(0, 1, 1, 1)))
                .hasMessageContaining("is being saved");
    }

    @Test
    void nothingPrecedesTheRunsCreation() {
        PlannerState state = PlannerState.empty();
        assertThat(state.isCreated()).isFalse();
        assertThatThrownBy(state::run).hasMessageContaining("RunCreated");
        assertThatThrownBy(() -> state.apply(new JournalRecord.InputsRead(new TreeMap<>())))
                .hasMessageContaining("not created");
    }

    @Test
    void aSnapshotThatCannotBeReadStopsTheReplay() {
        assertThatThrownBy(() -> PlannerState.fromJson("{"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void positionsAreKept() {
        TestPlanner planner = training();
        planner.write(new JournalRecord.InputsRead(
                new TreeMap<>(java.util.Map.of("reports-0", 5L, "tokenized-0", 3L))));
        planner.write(
                new JournalRecord.InputsRead(new TreeMap<>(java.util.Map.of("reports-0", 7L))));
        assertThat(planner.state.nextOffsets())
                .containsEntry("reports-0", 7L)
                .containsEntry("tokenized-0", 3L);
        planner.requireReplays();
    }
}
