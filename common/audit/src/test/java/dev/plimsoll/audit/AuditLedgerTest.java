package dev.plimsoll.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class AuditLedgerTest {

    private static final int SHARDS = 2;
    private final AuditLedger ledger = new AuditLedger();

    @Test
    void eachSampleIsCountedOnceByWhatBecameOfIt() {
        submit(0, 1, 2, 3, 4);
        tokenize(0, 1, 2);
        reject(3);
        version(1, contribution(7, 0, 1));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(5, 2, 1, 2, 0, 0));
        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.versions()).isEqualTo(1);
    }

    @Test
    void nothingIsTrainedBeforeTheFirstVersion() {
        submit(0);
        tokenize(0);
        assertThat(ledger.verdict(SHARDS).counts()).isEqualTo(new AuditCounts(1, 0, 0, 1, 0, 0));
        assertThat(new AuditLedger().verdict(SHARDS).counts())
                .isEqualTo(new AuditCounts(0, 0, 0, 0, 0, 0));
    }

    @Test
    void samplesForEvaluationAreCountedApart() {
        hold();
        submit(0, 1, 2);
        tokenize(0);
        ledger.tokenized(new SampleOrigin(0, 1), "id-1", "sha-1", 1, "held");
        ledger.tokenized(new SampleOrigin(0, 2), "id-2", "sha-2", 2, "held");
        reject(2);
        version(1, contribution(7, 0));
        ledger.closed(2);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(3, 1, 1, 0, 0, 0, 1));
        assertThat(AuditSentence.of(verdict))
                .contains("audit clean", "1 for evaluation and never trained");
    }

    @Test
    void aSampleForEvaluationThatWasTrainedIsNoticed() {
        hold();
        submit(0, 1);
        tokenize(0);
        ledger.tokenized(new SampleOrigin(0, 1), "id-1", "sha-1", 1, "held");
        version(1, contribution(7, 0, 1));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings())
                .singleElement()
                .asString()
                .contains("is for evaluation", "held", "1 times");
    }

    private void hold() {
        ledger.decided(new JournalRecord.SourceChanged(
                "held", SourceStatus.ACTIVE, 0, "r", "for evaluation", true));
    }

    @Test
    void aSampleInTwoContributionsIsDuplicated() {
        submit(0);
        tokenize(0);
        version(1, contribution(7, 0));
        version(2, contribution(8, 0));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(1, 0, 0, 0, 1, 0));
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings()).anyMatch(f -> f.contains("2 times"));
    }

    /** Its last part came after the rejection that an earlier part had led to. */
    @Test
    void whatSaysAgainWhatWasRejectedIsARepeat() {
        SampleOrigin part = new SampleOrigin(0, 4);
        ledger.rejected(part, "INCOMPLETE", "long", "hash");
        ledger.submitted(new SampleOrigin(0, 5), "long", "hash");
        submit(6);
        tokenize(6);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(2, 0, 1, 1, 0, 0));
        assertThat(verdict.repeats()).isEqualTo(1);
        assertThat(verdict.clean()).isTrue();
    }

    @Test
    void aSampleOfAPausedSourceWaitsWhileLaterOnesOfOthersAreTrained() {
        submit(0, 1, 2, 3);
        for (long ordinal = 0; ordinal < 4; ordinal++) {
            String source = ordinal < 2 ? "news" : "default";
            ledger.tokenized(
                    new SampleOrigin(0, ordinal), "s" + ordinal, "h" + ordinal, ordinal, source);
        }
        version(1, contribution(7, 2, 3));
        assertThat(ledger.verdict(SHARDS).counts()).isEqualTo(new AuditCounts(4, 2, 0, 2, 0, 0));
        version(2, contribution(8, 1));
        Verdict left = ledger.verdict(SHARDS);
        assertThat(left.counts()).isEqualTo(new AuditCounts(4, 3, 0, 0, 0, 1));
        assertThat(left.findings()).anyMatch(f -> f.contains("all of source news up to 1"));
    }

    @Test
    void aSampleTrainedAndRejectedIsDuplicated() {
        submit(0);
        tokenize(0);
        reject(0);
        version(1, contribution(7, 0));
        assertThat(ledger.verdict(SHARDS).counts().duplicated()).isEqualTo(1);
    }

    @Test
    void aTokenizedSampleThatIsRejectedLaterIsRejected() {
        submit(0, 1);
        tokenize(0, 1);
        reject(1);
        version(1, contribution(7, 0));
        assertThat(ledger.verdict(SHARDS).counts()).isEqualTo(new AuditCounts(2, 1, 1, 0, 0, 0));
    }

    @Test
    void aGapBeforeTheLastOneTakenIsLostAndOneBehindItWaits() {
        submit(0, 1, 2, 3);
        tokenize(0, 2);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(4, 0, 0, 3, 0, 1));
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings()).anyMatch(f -> f.contains("0:1 was passed over"));
    }

    @Test
    void aSampleLeftOutOfItsStepIsLost() {
        submit(0, 1, 2);
        tokenize(0, 1, 2);
        version(1, contribution(7, 0, 2));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(3, 2, 0, 0, 0, 1));
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings())
                .anyMatch(f -> f.contains("0:1 (ordinal 1) is in no version"));
        assertThat(ledger.membersByVersion().get(1L))
                .containsExactly(new SampleOrigin(0, 0), new SampleOrigin(0, 2));
    }

    @Test
    void aSampleLeftOutOfTheLastStepOfAFinishedRunIsLost() {
        submit(0, 1, 2, 3, 4);
        tokenize(0, 1, 2, 3, 4);
        version(1, contribution(7, 0, 1));
        version(2, contribution(8, 2));
        assertThat(ledger.verdict(SHARDS).counts()).isEqualTo(new AuditCounts(5, 3, 0, 2, 0, 0));
        ledger.closed(3);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(5, 3, 0, 0, 0, 1, 0, 1));
        assertThat(verdict.clean()).isFalse();
    }

    @Test
    void whatIsSubmittedAfterTheEndOfTheRunDoesNotWait() {
        submit(0, 1, 2, 3);
        tokenize(0, 1, 2);
        version(1, contribution(7, 0, 1));
        assertThat(ledger.verdict(SHARDS).counts()).isEqualTo(new AuditCounts(4, 2, 0, 2, 0, 0));
        ledger.closed(1);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(4, 2, 0, 0, 0, 0, 0, 2));
        assertThat(verdict.clean()).isTrue();
        assertThat(AuditSentence.of(verdict))
                .contains("audit clean", "0 waiting", "2 submitted after the end of the run");
    }

    @Test
    void aRunThatFinishedWithoutSamplesWaitsForNone() {
        ledger.closed(-1);
        submit(0);
        tokenize(0);
        assertThat(ledger.verdict(SHARDS).counts().afterEnd()).isEqualTo(1);
    }

    @Test
    void whatTheRunRejectedBecauseItCameAfterTheEndIsRejected() {
        submit(0, 1);
        tokenize(0, 1);
        version(1, contribution(7, 0));
        ledger.rejected(
                new SampleOrigin(0, 1), RejectionReason.AFTER_THE_END.name(), "id-1", "sha-1");
        ledger.closed(0);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(2, 1, 1, 0, 0, 0));
        assertThat(verdict.clean()).isTrue();
    }

    @Test
    void inTwoEpochsEachSampleIsTrainedTwice() {
        submit(0, 1, 2);
        tokenize(0, 1, 2);
        version(1, contribution(7, 0, 1, 2));
        version(2, contribution(8, 2, 0));
        assertThat(ledger.verdict(SHARDS, 2).counts())
                .as("in the middle of the second")
                .isEqualTo(new AuditCounts(3, 3, 0, 0, 0, 0));
        ledger.closed(2);
        Verdict missing = ledger.verdict(SHARDS, 2);
        assertThat(missing.counts()).isEqualTo(new AuditCounts(3, 2, 0, 0, 0, 1));
        assertThat(missing.findings())
                .anyMatch(f -> f.contains("0:1 (ordinal 1) is in 1 of 2 epochs"));
        version(3, contribution(9, 1));
        assertThat(ledger.verdict(SHARDS, 2).counts()).isEqualTo(new AuditCounts(3, 3, 0, 0, 0, 0));
        version(4, contribution(10, 1));
        assertThat(ledger.verdict(SHARDS, 2).counts().duplicated()).isEqualTo(1);
    }

    @Test
    void aSampleRejectedInTheSecondEpochIsRejectedAndOneTwoEpochsBehindIsLost() {
        submit(0, 1);
        tokenize(0, 1);
        version(1, contribution(7, 0, 1));
        version(2, contribution(8, 0));
        reject(1);
        ledger.closed(1);
        assertThat(ledger.verdict(SHARDS, 2).counts()).isEqualTo(new AuditCounts(2, 1, 1, 0, 0, 0));
        AuditLedger behind = new AuditLedger();
        for (long offset : new long[] {0, 1}) {
            behind.submitted(new SampleOrigin(0, offset), "id-" + offset, "sha-" + offset);
            behind.tokenized(new SampleOrigin(0, offset), "id-" + offset, "sha-" + offset, offset);
        }
        for (int shard = 0; shard < SHARDS; shard++) {
            behind.version(
                    new ShardManifest(shard, 1, 1, List.of(), List.of(contribution(7, 0, 1))));
            behind.version(new ShardManifest(shard, 2, 2, List.of(), List.of(contribution(8, 0))));
            behind.version(new ShardManifest(shard, 3, 3, List.of(), List.of(contribution(9, 0))));
        }
        assertThat(behind.verdict(SHARDS, 3).counts()).isEqualTo(new AuditCounts(2, 1, 0, 0, 0, 1));
    }

    @Test
    void aSampleThatOneEpochTookTwiceAndTheNextLeftOutIsFound() {
        submit(0, 1, 2, 3);
        tokenize(0, 1, 2, 3);
        version(1, contribution(7, 0, 1));
        version(2, contribution(8, 0, 2, 3));
        version(3, contribution(9, 1, 2, 3));
        ledger.closed(3);
        Verdict verdict = ledger.verdict(SHARDS, 2);
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings())
                .containsExactly(
                        "version 2 trains ordinals [0] again before the epoch is through with "
                                + "all others");
    }

    @Test
    void whoIsRejectedInTheMidstDoesNotHoldAnEpochUp() {
        submit(0, 1, 2);
        tokenize(0, 1, 2);
        version(1, contribution(7, 0, 1));
        version(2, contribution(8, 2));
        version(3, contribution(9, 2, 0));
        version(4, contribution(10, 2, 0));
        reject(1);
        ledger.closed(2);
        assertThat(ledger.verdict(SHARDS, 3).findings()).isEmpty();
    }

    @Test
    void aRunIsClosedByFinishAndNotByItsNumberOfSteps() {
        RunEnd end = new RunEnd();
        end.take(new JournalRecord.SampleAdmitted(
                new SequenceRef(7, 3, 2, 1), "s", new SampleOrigin(0, 0)));
        end.take(new JournalRecord.StepCommitted(0, 1, 1, Optional.empty()));
        end.take(new JournalRecord.RunFinished("1 steps are done"));
        assertThat(end.closedThrough()).isEmpty();
        end.take(new JournalRecord.FinishAsked("by test"));
        assertThat(end.closedThrough()).hasValue(7);
    }

    @Test
    void aRunThatWasRolledBackIsClosedByTheStepsThatCount() {
        RunEnd end = new RunEnd();
        end.take(new JournalRecord.RunCreated(runOfSteps(2)));
        end.take(new JournalRecord.SampleAdmitted(
                new SequenceRef(7, 3, 2, 1), "s", new SampleOrigin(0, 0)));
        end.take(new JournalRecord.StepCommitted(0, 1, 1, Optional.empty()));
        end.take(new JournalRecord.CheckpointBegun("c", 1, 1, new DataPosition(0, 3)));
        end.take(new JournalRecord.StepCommitted(1, 2, 2, Optional.empty()));
        end.take(new JournalRecord.RolledBack("c", 1, 3));
        end.take(new JournalRecord.FinishAsked("by test"));
        end.take(new JournalRecord.RunFinished("everything"));
        assertThat(end.closedThrough()).hasValue(7);
    }

    private static RunSettings runOfSteps(long steps) {
        return new RunSettings(
                "run",
                new RunSettings.ModelIdentity("tiny", "cafe", 100),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                new StepSettings(2, 0, Duration.ZERO, steps, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(SHARDS, 100, 100, Duration.ofSeconds(5)));
    }

    @Test
    void whatARollbackUndidIsTrainedAgain() {
        submit(0, 1, 2);
        tokenize(0, 1, 2);
        version(1, contribution(7, 0));
        version(2, contribution(8, 1));
        restored(3, 1);
        assertThat(ledger.verdict(SHARDS).counts()).isEqualTo(new AuditCounts(3, 1, 0, 2, 0, 0));
        version(4, contribution(9, 1, 2));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(3, 3, 0, 0, 0, 0));
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.undone()).isEqualTo(1);
        assertThat(ledger.membersByVersion()).containsOnlyKeys(1L, 3L, 4L);
    }

    @Test
    void whatARollbackUndidAndNobodyTrainedAgainIsLost() {
        submit(0, 1, 2);
        tokenize(0, 1, 2);
        version(1, contribution(7, 0));
        version(2, contribution(8, 1));
        restored(3, 1);
        version(4, contribution(9, 2));
        assertThat(ledger.verdict(SHARDS).counts()).isEqualTo(new AuditCounts(3, 2, 0, 0, 0, 1));
    }

    @Test
    void whatWasTrainedBeforeTheCheckpointIsNotTrainedAgain() {
        submit(0, 1);
        tokenize(0, 1);
        version(1, contribution(7, 0));
        version(2, contribution(8, 1));
        restored(3, 1);
        version(4, contribution(9, 0, 1));
        assertThat(ledger.verdict(SHARDS).counts().duplicated()).isEqualTo(1);
    }

    @Test
    void rollbacksMayBeRolledBack() {
        submit(0, 1, 2);
        tokenize(0, 1, 2);
        version(1, contribution(7, 0));
        version(2, contribution(8, 1));
        restored(3, 2);
        version(4, contribution(9, 2));
        restored(5, 3);
        version(6, contribution(10, 2));
        restored(7, 0);
        version(8, contribution(11, 0, 1, 2));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.counts().trainedOnce()).isEqualTo(3);
        assertThat(verdict.undone()).isEqualTo(4);
    }

    @Test
    void aRollbackToOtherContentsOrToTheFutureIsFound() {
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.version(
                    new ShardManifest(shard, 1, 1, List.of(4L), List.of(contribution(7, 0))));
        }
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.version(new ShardManifest(
                    shard,
                    -1,
                    2,
                    List.of(5L),
                    List.of(),
                    Optional.of(new ShardManifest.Restored("c", 1)),
                    0));
        }
        assertThat(ledger.verdict(SHARDS).findings())
                .filteredOn(f -> f.contains("other contents"))
                .hasSize(SHARDS);
        restored(3, 3);
        assertThat(ledger.verdict(SHARDS).findings()).anyMatch(f -> f.contains("not before it"));
        restored(3, 1);
        ledger.version(new ShardManifest(1, 3, 3, List.of(), List.of()));
        assertThat(ledger.verdict(SHARDS).findings()).anyMatch(f -> f.contains("in shard 1"));
    }

    private void restored(long version, long of) {
        if (of == 0) {
            version(0);
        }
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.version(new ShardManifest(
                    shard,
                    -1,
                    version,
                    List.of(),
                    List.of(),
                    Optional.of(new ShardManifest.Restored("c", of)),
                    0));
        }
    }

    @Test
    void aRepeatedSubmitIsNoSampleOfItsOwn() {
        submit(0, 1);
        tokenize(0, 1);
        ledger.submitted(new SampleOrigin(0, 2), "id-0", "sha-0");
        tokenize(3);
        submit(3);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(3, 0, 0, 3, 0, 0));
        assertThat(verdict.repeats()).isEqualTo(1);
        assertThat(verdict.clean()).isTrue();
    }

    @Test
    void theSameIdWithOtherContentIsNoRepeat() {
        submit(0);
        tokenize(0);
        ledger.submitted(new SampleOrigin(0, 1), "id-0", "other");
        submit(2);
        tokenize(2);
        assertThat(ledger.verdict(SHARDS).counts().lost()).isEqualTo(1);
    }

    @Test
    void whatRetentionTookUnreadIsLost() {
        submit(2);
        tokenize(1, 2);
        ledger.gone(0, 2);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(3, 0, 0, 2, 0, 1));
        assertThat(verdict.findings()).anyMatch(f -> f.contains("retention"));
    }

    @Test
    void aVersionThatOneShardHasAloneDoesNotCountYet() {
        submit(0, 1);
        tokenize(0, 1);
        version(1, contribution(7, 0));
        ledger.version(new ShardManifest(0, 2, 2, List.of(), List.of(contribution(8, 1))));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(2, 1, 0, 1, 0, 0));
        assertThat(verdict.clean()).isTrue();
    }

    @Test
    void shardsBuiltFromDifferentContributionsAreFound() {
        submit(0, 1);
        tokenize(0, 1);
        ledger.version(new ShardManifest(0, 1, 1, List.of(), List.of(contribution(7, 0))));
        ledger.version(new ShardManifest(1, 1, 1, List.of(), List.of(contribution(8, 1))));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings()).anyMatch(f -> f.contains("in shard 1"));
    }

    @Test
    void aVersionMissingInBetweenIsFound() {
        version(2, contribution(8, 1));
        assertThat(ledger.verdict(SHARDS).findings())
                .anyMatch(f -> f.contains("version 1 has no manifest"));
    }

    @Test
    void aContributionThatSaysOtherwiseThanTheVersionIsFound() {
        submit(0, 1);
        tokenize(0, 1);
        version(1, contribution(7, 0, 1));
        ledger.contribution(contribution(7, 0));
        assertThat(ledger.verdict(SHARDS).findings()).anyMatch(f -> f.contains("otherwise"));
    }

    private void submit(long... offsets) {
        Arrays.stream(offsets)
                .forEach(o -> ledger.submitted(new SampleOrigin(0, o), "id-" + o, "sha-" + o));
    }

    private void tokenize(long... offsets) {
        Arrays.stream(offsets)
                .forEach(o -> ledger.tokenized(new SampleOrigin(0, o), "id-" + o, "sha-" + o, o));
    }

    private void reject(long offset) {
        ledger.rejected(new SampleOrigin(0, offset), "NOT_JSON");
    }

    private static ContributionManifest contribution(long id, long... ordinals) {
        List<Long> list = Arrays.stream(ordinals).boxed().toList();
        return new ContributionManifest(
                id, "worker-1", 1, 1, List.of(new TrainedAttempt(id * 10, list)));
    }

    private void version(long version, ContributionManifest... contributions) {
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.version(
                    new ShardManifest(shard, version, version, List.of(), List.of(contributions)));
        }
    }
}
