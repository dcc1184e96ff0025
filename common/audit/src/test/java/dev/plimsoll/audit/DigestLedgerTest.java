package dev.plimsoll.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Two shards and two workers; in version v shard 0 has digest 10 v and shard 1 has 10 v + 1. */
class DigestLedgerTest {

    private static final int SHARDS = 2;
    private static final int WRONG = 999;

    private final AuditLedger ledger = new AuditLedger();

    @BeforeEach
    void aRun() {
        ledger.decided(new JournalRecord.RunCreated(run()));
    }

    @Test
    void replicasThatAgreeAreCounted() {
        for (long version = 1; version <= 3; version++) {
            shards(version);
            worker("a", 1, version, whole(version));
            worker("b", 2, version, whole(version));
            manifests(version, List.of());
        }
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.digests()).isEqualTo(new DigestCounts(3, 4, 12, 0, 0));
        assertThat(verdict.clean()).isTrue();
        assertThat(AuditSentence.of(verdict))
                .endsWith("; 3 versions compared on 4 replicas by their digests: all equal");
        assertThat(ledger.verdict(SHARDS)).isEqualTo(verdict);
    }

    @Test
    void aWorkerMaySpeakBeforeTheShards() {
        worker("a", 1, 1, whole(1));
        worker("b", 2, 1, WRONG);
        shards(1);
        assertThat(ledger.verdict(SHARDS).digests()).isEqualTo(new DigestCounts(1, 4, 2, 0, 1));
    }

    @Test
    void aWorkerThatDiffersAndGoesOnIsFound() {
        shards(1);
        worker("a", 7, 1, WRONG);
        manifests(1, List.of());
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings())
                .singleElement()
                .asString()
                .contains("worker a (generation 7) held version 1", "went on all the same");
        assertThat(AuditSentence.of(verdict)).startsWith("audit NOT CLEAN").endsWith("1 DIFFER");
    }

    @Test
    void aWorkerThatDifferedAndReadTheStateAgainIsToldAndHealed() {
        shards(1);
        worker("a", 7, 1, WRONG);
        ledger.decided(new JournalRecord.WorkerLost("a", 7, "its digest differs"));
        assertThat(ledger.verdict(SHARDS).notes())
                .singleElement()
                .asString()
                .contains("has not been compared since");
        worker("a", 8, 1, whole(1));
        manifests(1, List.of());
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.digests()).isEqualTo(new DigestCounts(1, 3, 4, 1, 0));
        assertThat(verdict.notes())
                .singleElement()
                .asString()
                .contains("read the state again and agrees since");
        assertThat(AuditSentence.of(verdict)).endsWith("0 DIFFER, 1 differed and were healed");
    }

    @Test
    void theLossOfAnotherGenerationHealsNothing() {
        shards(1);
        ledger.decided(new JournalRecord.WorkerLost("a", 6, "killed"));
        worker("a", 7, 1, WRONG);
        ledger.decided(new JournalRecord.WorkerLost("b", 8, "killed"));
        assertThat(ledger.verdict(SHARDS).clean()).isFalse();
    }

    @Test
    void aManifestThatSaysOtherwiseThanTheJournalIsFound() {
        shards(1);
        ledger.version(manifest(0, 1, List.of(), 10));
        ledger.version(manifest(1, 1, List.of(), WRONG));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings())
                .containsExactly("the manifest of version 1 in shard 1 has digest 3e7, and the "
                        + "journal accepted b");
    }

    @Test
    void aShardThatMakesAVersionTwiceMakesTheSame() {
        shards(1);
        shards(1);
        assertThat(ledger.verdict(SHARDS).digests()).isEqualTo(new DigestCounts(1, 2, 2, 0, 0));
        ledger.decided(new JournalRecord.ShardDigestAccepted(1, 1, WRONG));
        assertThat(ledger.verdict(SHARDS).findings())
                .containsExactly("shard 1 made version 1 twice, with digests b and 3e7");
    }

    @Test
    void aManifestComesAgainWithItsState() {
        manifests(1, List.of());
        manifests(1, List.of(5L));
        manifests(1, List.of());
        assertThat(ledger.verdict(SHARDS).clean()).isTrue();
        assertThat(ledger.verdict(SHARDS).versions()).isEqualTo(1);
        ledger.version(manifest(1, 1, List.of(6L), 11));
        assertThat(ledger.verdict(SHARDS).findings())
                .as("another state under the same number")
                .containsExactly("shard 1 says of version 1 another thing than it said before");
    }

    @Test
    void aManifestThatComesAgainSaysTheSame() {
        manifests(1, List.of());
        ledger.version(manifest(0, 1, List.of(5L), WRONG));
        ContributionManifest contribution = new ContributionManifest(1, "a", 1, 0, List.of());
        ledger.version(new ShardManifest(
                1, 1, 1, List.of(5L), List.of(contribution), Optional.empty(), 11));
        assertThat(ledger.verdict(SHARDS).findings())
                .filteredOn(finding -> finding.contains("than it said before"))
                .hasSize(2);
    }

    @Test
    void aManifestOfAnOldRunSaysNothing() {
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.version(new ShardManifest(shard, 1, 1, List.of(4L), List.of()));
        }
        shards(1);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.digests()).isEqualTo(new DigestCounts(0, 0, 0, 0, 0));
        assertThat(verdict.clean()).isTrue();
        assertThat(AuditSentence.of(verdict)).endsWith(" lost");
    }

    /** The journal has no digest of a version that a rollback wrote. */
    @Test
    void whoReadsARollbackIsComparedWithItsManifests() {
        manifests(1, List.of());
        rollback(2, 1);
        worker("a", 1, 2, whole(1));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.digests()).isEqualTo(new DigestCounts(1, 3, 1, 0, 0));
        worker("b", 2, 2, WRONG);
        assertThat(ledger.verdict(SHARDS).digests().differing()).isEqualTo(1);
    }

    @Test
    void aRollbackToOtherDigestsIsFound() {
        manifests(1, List.of());
        manifests(2, List.of());
        rollback(3, 1);
        assertThat(ledger.verdict(SHARDS).findings()).isEmpty();
        rollback(4, 1, 2);
        assertThat(ledger.verdict(SHARDS).findings())
                .filteredOn(finding -> finding.contains("other contents"))
                .hasSize(SHARDS);
    }

    @Test
    void theVersionsOfAnUndoneLineageAreComparedByTheirOwnNumbers() {
        manifests(1, List.of());
        shards(1);
        worker("a", 1, 1, whole(1));
        manifests(2, List.of());
        shards(2);
        worker("a", 1, 2, whole(2));
        rollback(3, 1);
        manifests(4, List.of());
        shards(4);
        worker("a", 1, 4, whole(4));
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.digests()).isEqualTo(new DigestCounts(3, 3, 9, 0, 0));
    }

    /** Generation 2 contributes to the step that makes the version, with generation 1. */
    private void made(long version) {
        for (long generation = 1; generation <= 2; generation++) {
            ledger.decided(new JournalRecord.ContributionAccepted(new ContributionRef(
                    10 * version + generation, "w", generation, List.of(), List.of())));
        }
        ledger.decided(new JournalRecord.StepSumming(
                version, List.of(10 * version + 1, 10 * version + 2), 1));
        ledger.decided(
                new JournalRecord.StepCommitted(version, version, version, Optional.empty()));
    }

    @Test
    void aVersionThatIsMadeOnTopOfOneThatDiffersIsAFault() {
        made(1);
        shards(1);
        worker("b", 2, 1, WRONG);
        ledger.decided(new JournalRecord.WorkerLost("b", 2, "its version differs"));
        assertThat(ledger.verdict(SHARDS).digests()).isEqualTo(new DigestCounts(1, 3, 1, 1, 0));
        made(2);
        Verdict verdict = ledger.verdict(SHARDS);
        assertThat(verdict.digests()).isEqualTo(new DigestCounts(1, 3, 1, 0, 1));
        assertThat(verdict.findings())
                .anySatisfy(found -> assertThat(found)
                        .contains("version 2 was made of", "a checkpoint of version 1 or"));
        ledger.decided(new JournalRecord.RolledBack("c", 1, 3));
        assertThat(ledger.verdict(SHARDS).digests())
                .as("it is not in the adapter any more")
                .isEqualTo(new DigestCounts(1, 3, 1, 1, 0));
    }

    @Test
    void whatIsStruckIsNotInTheVersion() {
        made(1);
        shards(1);
        worker("b", 2, 1, WRONG);
        ledger.decided(new JournalRecord.ContributionAccepted(
                new ContributionRef(21, "b", 2, List.of(), List.of())));
        ledger.decided(new JournalRecord.WorkerLost("b", 2, "its version differs"));
        ledger.decided(new JournalRecord.ContributionVoided(21, "trained on it"));
        ledger.decided(new JournalRecord.ContributionAccepted(
                new ContributionRef(22, "a", 1, List.of(), List.of())));
        ledger.decided(new JournalRecord.StepSumming(2, List.of(22L), 1));
        ledger.decided(new JournalRecord.StepCommitted(2, 2, 2, Optional.empty()));
        assertThat(ledger.verdict(SHARDS).digests()).isEqualTo(new DigestCounts(1, 3, 1, 1, 0));
    }

    @Test
    void aVersionMadeAheadThatWasNeverToBeIsNoWorkersFault() {
        made(1);
        worker("b", 3, 2, WRONG);
        ledger.decided(new JournalRecord.WorkerLost("b", 3, "its contribution is void"));
        made(2);
        shards(2);
        assertThat(ledger.verdict(SHARDS).digests().differing()).isZero();
        assertThat(ledger.verdict(SHARDS).digests().healed()).isZero();
    }

    private void shards(long version) {
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.decided(
                    new JournalRecord.ShardDigestAccepted(shard, version, 10 * version + shard));
        }
    }

    private void worker(String id, long generation, long version, long digest) {
        ledger.decided(new JournalRecord.WorkerDigestAccepted(id, generation, version, digest));
    }

    private void manifests(long version, List<Long> checksums) {
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.version(manifest(shard, version, checksums, 10 * version + shard));
        }
    }

    private void rollback(long version, long of) {
        rollback(version, of, of);
    }

    /** @param as the version whose contents it has */
    private void rollback(long version, long of, long as) {
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.version(new ShardManifest(
                    shard,
                    -1,
                    version,
                    List.of(4L),
                    List.of(),
                    Optional.of(new ShardManifest.Restored("c", of)),
                    10 * as + shard));
        }
    }

    private static ShardManifest manifest(
            int shard, long version, List<Long> checksums, long digest) {
        return new ShardManifest(
                shard, version, version, checksums, List.of(), Optional.empty(), digest);
    }

    private static long whole(long version) {
        return 20 * version + 1;
    }

    private static RunSettings run() {
        return new RunSettings(
                "run",
                new RunSettings.ModelIdentity("tiny", "cafe", 100),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                new StepSettings(2, 0, Duration.ZERO, 0, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(SHARDS, 100, 100, Duration.ofSeconds(5)));
    }
}
