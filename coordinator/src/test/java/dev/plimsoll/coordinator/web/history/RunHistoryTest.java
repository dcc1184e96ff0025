package dev.plimsoll.coordinator.web.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.telling.Happening;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class RunHistoryTest {

    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);

    private final RunHistory history = new RunHistory();

    private static JournalRecord opened(long step) {
        return new JournalRecord.StepOpened(step, List.of(step), 0, "enough samples");
    }

    private static JournalRecord dispatched(long attempt, long step, String worker) {
        return new JournalRecord.MicroBatchDispatched(
                new Attempt(attempt, step), worker, 1, List.of(3L, 4L), PLAN);
    }

    private static JournalRecord accepted(long attempt, long step) {
        return new JournalRecord.MicroBatchAccepted(new Attempt(attempt, step), 1, 1);
    }

    private static JournalRecord committed(long step, long version) {
        return new JournalRecord.StepCommitted(step, version, step, Optional.empty());
    }

    @Test
    void aStepsTimesCountFromItsOpening() {
        history.apply(opened(1), 1_000);
        history.apply(dispatched(7, 1, "anna"), 1_010);
        history.apply(dispatched(8, 1, "bert"), 1_020);
        history.apply(accepted(7, 1), 1_100);
        history.apply(accepted(8, 1), 1_300);
        history.apply(new JournalRecord.StepSumming(1, List.of(1L), 1), 1_400);
        history.apply(new JournalRecord.ShardSumAccepted(0, 1, 1), 1_450);
        history.apply(new JournalRecord.ShardSumAccepted(1, 1, 1), 1_470);
        history.apply(committed(1, 1), 1_500);
        assertThat(history.steps().last(9))
                .containsExactly(new StepTimes(1, 1_000, 10, 300, 400, 470, 500, "committed"));
        assertThat(history.microBatches().last(9))
                .containsExactly(
                        new MicroBatch(7, 1, "anna", 2, PLAN, 1_010, 1_100, "trained"),
                        new MicroBatch(8, 1, "bert", 2, PLAN, 1_020, 1_300, "trained"));
    }

    @Test
    void whatALostWorkerHadIsLostWithIt() {
        history.apply(opened(1), 0);
        history.apply(dispatched(7, 1, "anna"), 1);
        history.apply(dispatched(8, 1, "bert"), 2);
        history.apply(new JournalRecord.WorkerLost("anna", 1, "silent"), 9);
        assertThat(history.microBatches().last(9))
                .extracting(MicroBatch::worker, MicroBatch::outcome)
                .containsExactly(tuple("anna", "lost with its worker"));
        assertThat(history.happenings().last().orElseThrow().text())
                .isEqualTo("generation 1 is gone: silent");
    }

    @Test
    void aMicroBatchThatIsGivenBackIsToldOfItsWorker() {
        history.apply(opened(1), 0);
        history.apply(dispatched(7, 1, "anna"), 1);
        history.apply(
                new JournalRecord.MicroBatchReturned(
                        new Attempt(7, 1), FailureReason.OUT_OF_MEMORY, "2 MiB more", 1),
                5);
        Happening told = history.happenings().last().orElseThrow();
        assertThat(told.worker()).isEqualTo("anna");
        assertThat(told.step()).isEqualTo(1);
        assertThat(told.text()).contains("OUT_OF_MEMORY", "2 MiB more");
        assertThat(history.microBatches().last().orElseThrow().outcome())
                .isEqualTo("OUT_OF_MEMORY");
    }

    @Test
    void aRollbackSaysWhichVersionsItUndid() {
        history.apply(opened(1), 0);
        history.apply(committed(1, 1), 1);
        history.apply(opened(2), 2);
        history.apply(committed(2, 2), 3);
        history.apply(new JournalRecord.RolledBack("c", 1, 3), 4);
        history.apply(new JournalRecord.EvaluationClosed(3, 2, 7, 9, 4, true), 5);
        assertThat(history.rollbacks().last(9)).containsExactly(new Rollback("c", 1, 3, 2, 4));
        assertThat(history.evaluations().last(9))
                .containsExactly(new Evaluation(2, 3, 2, 7, 4, true, 5));
    }

    @Test
    void stepsThatAreUndoneBeforeTheyAreCommittedEnd() {
        history.apply(opened(1), 0);
        history.apply(opened(2), 1);
        history.apply(new JournalRecord.StepsUndone(1, "void"), 2);
        assertThat(history.steps().last(9))
                .extracting(StepTimes::step, StepTimes::outcome)
                .containsExactly(tuple(2L, "undone"));
    }

    @Test
    void whatAnAbandonedStepHadUnderWayEndsWithIt() {
        history.apply(opened(1), 0);
        history.apply(dispatched(7, 1, "anna"), 1);
        history.apply(new JournalRecord.StepAbandoned(1, "rollback"), 2);
        assertThat(history.microBatches().last(9))
                .extracting(MicroBatch::attempt, MicroBatch::outcome)
                .containsExactly(tuple(7L, "lost with its step"));
    }

    @Test
    void frequentFactsDoNotPushOutRareOnes() {
        history.apply(new JournalRecord.PauseChanged(true, "asked"), 0);
        for (long step = 1; step <= 5_000; step++) {
            history.apply(opened(step), step);
            history.apply(dispatched(step, step, "anna"), step);
            history.apply(accepted(step, step), step);
            history.apply(committed(step, step), step);
        }
        assertThat(history.happenings().last(9)).hasSize(1);
        assertThat(history.openings().last(10_000)).hasSize(RunHistory.MOST_OPENINGS);
        assertThat(history.microBatches().last(10_000)).hasSize(RunHistory.MOST_MICRO_BATCHES);
        assertThat(history.steps().last(10_000)).hasSize(RunHistory.MOST_STEPS);
        assertThat(history.openings().last().orElseThrow().number()).isEqualTo(5_000);
    }

    @Test
    void sequencesAreCounted() {
        history.apply(
                new JournalRecord.SampleRejected(3, RejectionReason.NON_FINITE, "loss NaN"), 0);
        assertThat(history.rejected()).isEqualTo(1);
        assertThat(history.admitted()).isZero();
        assertThat(history.happenings().last().orElseThrow().kind())
                .isEqualTo(Happening.Kind.SAMPLE);
    }
}
