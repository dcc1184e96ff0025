package dev.plimsoll.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.Test;

import java.util.List;

class EvaluationLedgerTest {

    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private final EvaluationLedger ledger = new EvaluationLedger();

    private void open(Long... ordinals) {
        ledger.take(new JournalRecord.EvaluationOpened(4, List.of(ordinals), 0, ""));
    }

    private void deal(long attempt, long generation, Long... ordinals) {
        ledger.take(new JournalRecord.MicroBatchDispatched(
                Attempt.ofEvaluation(attempt), "w", generation, List.of(ordinals), PLAN));
    }

    private void evaluated(long attempt, double nats, long tokens) {
        ledger.take(new JournalRecord.Evaluated(Attempt.ofEvaluation(attempt), nats, tokens));
    }

    private void close(double loss, long tokens, int samples) {
        ledger.take(
                new JournalRecord.EvaluationClosed(4, loss, Math.exp(loss), tokens, samples, true));
    }

    @Test
    void whatWasReturnedLostOrRejectedIsEvaluatedByOthersOrNotAtAll() {
        open(0L, 1L, 2L);
        deal(1, 1, 0L, 1L);
        evaluated(1, 5, 10);
        deal(2, 2, 2L);
        ledger.take(new JournalRecord.MicroBatchReturned(
                Attempt.ofEvaluation(2), FailureReason.NON_FINITE, "", 1));
        ledger.take(new JournalRecord.SampleRejected(2, RejectionReason.NON_FINITE, ""));
        ledger.take(new JournalRecord.WorkerLost("w", 1, ""));
        deal(3, 2, 1L);
        deal(4, 2, 0L);
        evaluated(4, 2, 5);
        evaluated(3, 4, 5);
        close(0.6, 10, 2);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void aSampleThatIsEvaluatedTwiceOrNeverIsNoticed() {
        open(0L, 1L);
        deal(1, 1, 0L);
        deal(2, 1, 0L);
        evaluated(1, 5, 5);
        evaluated(2, 5, 5);
        close(1, 10, 2);
        assertThat(ledger.findings())
                .hasSize(2)
                .anyMatch(finding -> finding.contains("ordinal 0 2 times"))
                .anyMatch(finding -> finding.contains("ordinal 1 0 times"));
    }

    @Test
    void anAttemptThatCountsTwiceIsNoticed() {
        open(0L);
        deal(1, 1, 0L);
        evaluated(1, 5, 5);
        evaluated(1, 5, 5);
        close(1, 5, 1);
        assertThat(ledger.findings())
                .singleElement()
                .asString()
                .contains("attempt 1", "not under way");
    }

    @Test
    void aFigureThatIsNotThatOfItsMicroBatchesIsNoticed() {
        open(0L);
        deal(1, 1, 0L);
        evaluated(1, 5, 5);
        close(1.000001, 5, 1);
        assertThat(ledger.findings()).singleElement().asString().contains("loss 1.000001", "1.0");
    }
}
