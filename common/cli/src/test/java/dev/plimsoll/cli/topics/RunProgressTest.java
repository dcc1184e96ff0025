package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class RunProgressTest {

    private final RunProgress progress = new RunProgress();
    private long version;

    private void take(JournalRecord... facts) {
        for (JournalRecord fact : facts) {
            progress.take(fact, 7);
        }
    }

    private void sample(long ordinal, String source) {
        take(new JournalRecord.SampleAdmitted(
                new SequenceRef(ordinal, 5, 4, 1),
                "s" + ordinal,
                new SampleOrigin(0, ordinal),
                source));
    }

    private void step(long step, Long... ordinals) {
        take(
                new JournalRecord.StepOpened(step, List.of(ordinals), 0, ""),
                new JournalRecord.StepCommitted(step, ++version, version, Optional.empty()));
    }

    @Test
    void samplesAreTrainedOrWait() {
        assertThat(progress.lastStepMillis()).isEmpty();
        for (long ordinal = 0; ordinal < 5; ordinal++) {
            sample(ordinal, "default");
        }
        take(new JournalRecord.StepOpened(0, List.of(0L, 1L, 2L), 0, ""));
        assertThat(progress.waiting()).isEqualTo(5);
        take(
                new JournalRecord.SampleRejected(2, RejectionReason.OUT_OF_MEMORY, ""),
                new JournalRecord.StepCommitted(0, 1, 1, Optional.empty()));
        assertThat(progress.trained()).isEqualTo(2);
        assertThat(progress.waiting()).isEqualTo(2);
        assertThat(progress.steps()).isEqualTo(1);
        assertThat(progress.lastStepMillis()).hasValue(7);
    }

    @Test
    void whatIsForEvaluationNeverWaits() {
        take(new JournalRecord.SourceChanged("held", SourceStatus.ACTIVE, 0, "r", "", true));
        sample(0, "held");
        sample(1, "default");
        assertThat(progress.waiting()).isEqualTo(1);
    }

    @Test
    void aRollbackGoesBackAndAnEpochBeginsAnew() {
        sample(0, "default");
        sample(1, "default");
        step(0, 0L);
        take(new JournalRecord.CheckpointBegun("c", 1, 1, new DataPosition(0, 1)));
        step(1, 1L);
        assertThat(progress.waiting()).isZero();
        take(new JournalRecord.RolledBack("c", 1, 3));
        assertThat(progress.steps()).isEqualTo(1);
        assertThat(progress.trained()).isEqualTo(1);
        assertThat(progress.waiting()).isEqualTo(1);
        step(2, 1L);
        take(new JournalRecord.EpochStarted(1));
        assertThat(progress.trained()).isEqualTo(2);
        assertThat(progress.waiting()).isEqualTo(2);
    }

    @Test
    void itWaitsForAWorkerWhereSamplesWaitAndNoneIsReady() {
        assertThat(progress.waitsForAWorker()).isFalse();
        sample(0, "default");
        sample(1, "default");
        assertThat(progress.waitsForAWorker()).isTrue();
        take(new JournalRecord.WorkerAdmitted(
                "anna", "i", 0, 1, new WorkerDevice("cpu", "c", "fp32", 0)));
        assertThat(progress.waitsForAWorker()).isTrue();
        take(new JournalRecord.WorkerReady("anna", 1));
        assertThat(progress.waitsForAWorker()).isFalse();
        step(0, 0L);
        take(new JournalRecord.WorkerLost("anna", 1, "left"));
        assertThat(progress.waitsForAWorker()).isTrue();
        take(new JournalRecord.PauseChanged(true, ""));
        assertThat(progress.waitsForAWorker()).as("it is paused").isFalse();
        take(new JournalRecord.PauseChanged(false, ""));
        step(1, 1L);
        assertThat(progress.waitsForAWorker()).as("nothing waits").isFalse();
    }

    @Test
    void whetherItIsPausedFinishingOrFinished() {
        assertThat(progress.isPaused() || progress.isFinishing()).isFalse();
        take(new JournalRecord.PauseChanged(true, ""), new JournalRecord.FinishAsked(""));
        assertThat(progress.isPaused() && progress.isFinishing()).isTrue();
        take(new JournalRecord.PauseChanged(false, ""));
        assertThat(progress.isPaused()).isFalse();
        progress.requireUnfinished(new Topics("p"), "pause");
        take(new JournalRecord.RunFinished("all is trained"));
        assertThat(progress.finished()).contains("all is trained");
        assertThatThrownBy(() -> progress.requireUnfinished(new Topics("p"), "pause"))
                .hasMessageContaining("'p' is finished (all is trained) and cannot pause");
    }
}
