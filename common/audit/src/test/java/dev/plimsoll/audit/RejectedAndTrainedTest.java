package dev.plimsoll.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/** In a run of two epochs, sample 1 is in the adapter once, and rejected. */
class RejectedAndTrainedTest {

    private static final SampleOrigin ZERO = new SampleOrigin(0, 0);
    private static final SampleOrigin ONE = new SampleOrigin(0, 1);

    private final AuditLedger ledger = new AuditLedger();

    @Test
    void isFineWhereThePlannerRejectsItInTheSecondEpoch() {
        admit();
        step(1, List.of(0L, 1L));
        openAndReject(2, List.of(0L, 1L));
        commit(2, List.of(0L));
        assertRefused();
        finish();
        assertRefused();
    }

    @Test
    void isFineWhereItIsRejectedBetweenTheEpochsAndARollbackComesAfter() {
        admit();
        step(1, List.of(0L, 1L));
        reject();
        step(2, List.of(0L));
        ledger.decided(new JournalRecord.RolledBack("c", 1, 3));
        ledger.version(new ShardManifest(
                0,
                -1,
                3,
                List.of(),
                List.of(),
                Optional.of(new ShardManifest.Restored("c", 1)),
                0));
        ledger.decided(opened(3, List.of(0L)));
        ledger.decided(new JournalRecord.StepCommitted(3, 4, 4, Optional.empty()));
        ledger.version(version(3, 4, List.of(0L)));
        finish();
        assertRefused();
    }

    @Test
    void isFoundWhereTheJournalNeverRejectsIt() {
        admit();
        step(1, List.of(0L, 1L));
        step(2, List.of(0L));
        ledger.rejected(ONE, "NOT_JSON");
        assertThat(ledger.verdict(1, 2).clean())
                .as("the rejection may be younger than the journal that was read")
                .isTrue();
        finish();
        assertFound();
    }

    @Test
    void isFoundWhereAStepTakesItAfterItsRejection() {
        admit();
        openAndReject(1, List.of(0L, 1L));
        commit(1, List.of(0L));
        step(2, List.of(0L, 1L));
        assertFound();
        finish();
        assertFound();
    }

    @Test
    void isFoundWhereItIsForEvaluation() {
        ledger.decided(new JournalRecord.SourceChanged(
                "held", SourceStatus.ACTIVE, 0, "r", "for evaluation", true));
        admit("held");
        step(1, List.of(0L, 1L));
        openAndReject(2, List.of(0L));
        commit(2, List.of(0L));
        Verdict verdict = ledger.verdict(1, 2);
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings())
                .singleElement()
                .asString()
                .contains("0:1 is for evaluation", "held", "1 times");
        assertThat(verdict.counts().rejected()).isZero();
    }

    private void assertRefused() {
        Verdict verdict = ledger.verdict(1, 2);
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(2, 1, 1, 0, 0, 0));
    }

    private void assertFound() {
        Verdict verdict = ledger.verdict(1, 2);
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.counts().duplicated()).isEqualTo(1);
        assertThat(verdict.findings())
                .singleElement()
                .asString()
                .contains("0:1 (ordinal 1) is in the adapter 1 times and rejected too");
    }

    private void admit() {
        admit("default");
    }

    private void admit(String sourceOfOne) {
        for (SampleOrigin origin : List.of(ZERO, ONE)) {
            long at = origin.offset();
            String source = at == 1 ? sourceOfOne : "default";
            ledger.decided(new JournalRecord.SampleAdmitted(
                    new SequenceRef(at, 10, 5, 1), "id-" + at, origin, source));
            ledger.submitted(origin, "id-" + at, "sha-" + at);
            ledger.tokenized(origin, "id-" + at, "sha-" + at, at, source);
        }
    }

    private void step(long step, List<Long> ordinals) {
        ledger.decided(opened(step, ordinals));
        commit(step, ordinals);
    }

    private void openAndReject(long step, List<Long> ordinals) {
        ledger.decided(opened(step, ordinals));
        reject();
    }

    private void reject() {
        ledger.decided(new JournalRecord.SampleRejected(1, RejectionReason.NON_FINITE, "NaN"));
        ledger.rejected(ONE, "NON_FINITE");
    }

    private void commit(long step, List<Long> ordinals) {
        ledger.decided(new JournalRecord.StepCommitted(step, step, step, Optional.empty()));
        ledger.version(version(step, step, ordinals));
    }

    private void finish() {
        ledger.decided(new JournalRecord.RunFinished("done"));
        ledger.closed(1);
    }

    private static JournalRecord opened(long step, List<Long> ordinals) {
        return new JournalRecord.StepOpened(step, ordinals, 0, "");
    }

    private static ShardManifest version(long step, long version, List<Long> ordinals) {
        ContributionManifest one = new ContributionManifest(
                version, "w", 1, 1, List.of(new TrainedAttempt(version * 10, ordinals)));
        return new ShardManifest(0, step, version, List.of(), List.of(one));
    }
}
