package dev.plimsoll.coordinator.planner.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.EvaluationClosed;
import dev.plimsoll.wire.journal.JournalRecord.EvaluationOpened;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/** What a journal may say of evaluations, and what becomes of it. */
class EvaluationsTest {

    private static final Attempt ATTEMPT = Attempt.ofEvaluation(4);

    private final Evaluations evaluations = Evaluations.none();

    @BeforeEach
    void addTwoSamples() {
        for (long ordinal = 0; ordinal < 2; ordinal++) {
            evaluations.add(new AdmittedSample(
                    new SequenceRef(ordinal, 10, 6, 1),
                    "s" + ordinal,
                    new SampleOrigin(0, ordinal),
                    "held-out"));
        }
    }

    private static EvaluationOpened opened(long version, Long... ordinals) {
        return new EvaluationOpened(version, List.of(ordinals), 0, "");
    }

    private static EvaluationClosed closed(long version, int samples, long lossTokens) {
        return new EvaluationClosed(version, 0.5, 1.6, lossTokens, samples, true);
    }

    private void dispatch() {
        evaluations
                .work(opened(0))
                .apply(new JournalRecord.MicroBatchDispatched(
                        ATTEMPT, "a", 1, List.of(0L, 1L), Loading.FULLEST));
    }

    private void evaluate(long version) {
        evaluations.apply(opened(version, 0L, 1L));
        dispatch();
        evaluations.apply(new JournalRecord.Evaluated(ATTEMPT, 6, 12));
        evaluations.apply(closed(version, 2, 12));
    }

    @Test
    void whatIsNoSampleForEvaluationIsNotEvaluated() {
        for (EvaluationOpened other : List.of(opened(2), opened(2, 0L, 7L))) {
            assertThatThrownBy(() -> evaluations.apply(other))
                    .isInstanceOf(IllegalRecord.class)
                    .hasMessageContaining("its members are not all samples for evaluation");
        }
    }

    @Test
    void itClosesWhenEverySampleIsEvaluated() {
        evaluations.apply(opened(2, 0L, 1L));
        refusesToClose(2, 12);
        dispatch();
        refusesToClose(2, 12);
        evaluations.apply(new JournalRecord.Evaluated(ATTEMPT, 6, 12));
        refusesToClose(1, 12);
        refusesToClose(2, 11);
        evaluations.apply(closed(2, 2, 12));
        assertThat(evaluations.open()).isEmpty();
        assertThat(evaluations.through()).isEqualTo(2);
        assertThat(evaluations.best()).isEqualTo(evaluations.last()).isPresent();
    }

    private void refusesToClose(int samples, long lossTokens) {
        assertThatThrownBy(() -> evaluations.apply(closed(2, samples, lossTokens)))
                .isInstanceOf(IllegalRecord.class)
                .hasMessageContaining("not every sample is evaluated");
    }

    @Test
    void theOneThatIsOpenIsMeant() {
        evaluations.apply(opened(2, 0L));
        assertThatThrownBy(() -> evaluations.apply(opened(3, 1L)))
                .hasMessageContaining("an evaluation is open");
        assertThatThrownBy(() -> evaluations.apply(new JournalRecord.EvaluationDropped(3, "other")))
                .hasMessageContaining("version 2 is evaluated");
        evaluations.apply(new JournalRecord.EvaluationDropped(2, "rolled back"));
        assertThat(evaluations.open()).isEmpty();
        assertThat(evaluations.last()).isEmpty();
    }

    @Test
    void aSampleIsRejectedWhileItWaitsOrIsInNone() {
        evaluations.apply(opened(2, 0L));
        assertThat(evaluations.idle(source -> true, 5))
                .extracting(AdmittedSample::ordinal)
                .containsExactly(1L);
        evaluations.reject(rejected(1));
        evaluations
                .work(opened(0))
                .apply(new JournalRecord.MicroBatchDispatched(
                        ATTEMPT, "a", 1, List.of(0L), Loading.FULLEST));
        assertThatThrownBy(() -> evaluations.reject(rejected(0)))
                .hasMessageContaining("it does not wait");
        assertThat(evaluations.size()).isEqualTo(1);
    }

    private static JournalRecord.SampleRejected rejected(long ordinal) {
        return new JournalRecord.SampleRejected(ordinal, RejectionReason.OUT_OF_MEMORY, "");
    }

    @Test
    void aRollbackForgetsWhatWasFoundSince() {
        evaluate(2);
        Evaluations before = evaluations.copy();
        evaluations.apply(new JournalRecord.RolledBack("kept", 2, 5));
        assertThat(evaluations.last()).isEqualTo(before.last()).isPresent();
        evaluations.apply(new JournalRecord.RolledBack("older", 1, 6));
        assertThat(evaluations.last()).isEmpty();
        assertThat(evaluations.best()).isEmpty();
        assertThat(evaluations.through()).isEqualTo(6);
        assertThat(before.last()).isPresent();
    }
}
