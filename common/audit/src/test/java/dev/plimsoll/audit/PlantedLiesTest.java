package dev.plimsoll.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A run of two steps with four samples each, told honestly but for one thing. Whatever that is, the
 * audit finds it, and its sentence says what it is.
 */
class PlantedLiesTest {

    private static final int SHARDS = 2;

    /** What the topics say; a lie changes it before the ledger reads it. */
    private static final class Told {
        private final List<JournalRecord> journal = new ArrayList<>();
        private final List<StepRecord> steps = new ArrayList<>();
        private final List<ShardManifest> versions = new ArrayList<>();
        private final List<ContributionManifest> contributions = new ArrayList<>();
        private final List<Consumer<AuditLedger>> rest = new ArrayList<>();

        Told() {
            for (long sample = 0; sample < 8; sample++) {
                long at = sample;
                journal.add(admitted(at, at));
                rest.add(ledger -> ledger.tokenized(origin(at), "id-" + at, "sha-" + at, at));
                rest.add(ledger -> ledger.submitted(origin(at), "id-" + at, "sha-" + at));
            }
            for (long step = 1; step <= 2; step++) {
                long[] members = members(step);
                journal.add(new JournalRecord.StepOpened(
                        step, LongStream.of(members).boxed().toList(), 0, ""));
                journal.add(committed(step, step));
                steps.add(line(step, step, 4));
                ContributionManifest one = contribution(step, step * 10, members);
                contributions.add(one);
                for (int shard = 0; shard < SHARDS; shard++) {
                    versions.add(version(shard, step, one));
                }
            }
            journal.add(new JournalRecord.RunFinished("done"));
        }

        Verdict verdict() {
            AuditLedger ledger = new AuditLedger();
            journal.forEach(ledger::decided);
            ledger.closed(7);
            steps.forEach(ledger::told);
            versions.forEach(ledger::version);
            contributions.forEach(ledger::contribution);
            rest.forEach(record -> record.accept(ledger));
            return ledger.verdict(SHARDS);
        }

        /** Both shards say it of step 2. */
        void builtFrom(ContributionManifest... of) {
            versions.removeIf(version -> version.version() == 2);
            contributions.clear();
            for (int shard = 0; shard < SHARDS; shard++) {
                versions.add(version(shard, 2, of));
            }
        }
    }

    private static long[] members(long step) {
        return LongStream.range(4 * step - 4, 4 * step).toArray();
    }

    private static SampleOrigin origin(long offset) {
        return new SampleOrigin(0, offset);
    }

    private static JournalRecord admitted(long ordinal, long offset) {
        return new JournalRecord.SampleAdmitted(
                new SequenceRef(ordinal, 10, 5, 1), "id-" + offset, origin(offset));
    }

    private static JournalRecord.StepCommitted committed(long step, long version) {
        return new JournalRecord.StepCommitted(step, version, version, Optional.empty());
    }

    private static StepRecord line(long step, long version, int samples) {
        return new StepRecord(
                step,
                version,
                1.5,
                new StepRecord.StepCounts(40, 20, samples, 1, 1),
                new StepRecord.StepRates(1, 1e-4, 10, 4000),
                List.of());
    }

    private static ContributionManifest contribution(long id, long attempt, long... ordinals) {
        return new ContributionManifest(
                id,
                "w",
                1,
                1,
                List.of(new TrainedAttempt(
                        attempt, LongStream.of(ordinals).boxed().toList())));
    }

    private static ShardManifest version(int shard, long version, ContributionManifest... of) {
        return new ShardManifest(shard, version, version, List.of(), List.of(of));
    }

    private record Lie(String name, Consumer<Told> told, String found) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Lie> lies() {
        return Stream.of(
                new Lie(
                        "a replayed sequence was trained",
                        told -> {
                            told.rest.add(
                                    ledger -> ledger.tokenized(origin(1), "id-1", "sha-1", 20));
                            told.builtFrom(contribution(2, 20, 4, 5, 6, 7, 20));
                        },
                        "is in the adapter 2 times"),
                new Lie(
                        "samples were never read",
                        told -> told.rest.add(
                                ledger -> ledger.submitted(origin(1), "id-new", "sha-new")),
                        "another SHA-256"),
                new Lie(
                        "two ordinals of one origin were admitted",
                        told -> told.journal.add(8, admitted(8, 3)),
                        "admits sample id-3 at 0:3 twice"),
                new Lie(
                        "a contribution is named twice in a version",
                        told -> told.builtFrom(
                                contribution(2, 20, 4, 5, 6, 7), contribution(2, 21)),
                        "contribution 2 is in version 2 and there again"),
                new Lie(
                        "a contribution is named in two versions",
                        told -> told.builtFrom(contribution(1, 20, 4, 5, 6, 7)),
                        "contribution 1 is in version 1 and in version 2"),
                new Lie(
                        "an attempt is named twice",
                        told -> told.builtFrom(
                                contribution(2, 20, 4, 5), contribution(3, 20, 6, 7)),
                        "attempt 20 is in version 2 and there again"),
                new Lie(
                        "a version from elsewhere",
                        told -> {
                            for (int shard = 0; shard < SHARDS; shard++) {
                                told.versions.add(version(shard, 3, contribution(9, 90, 7)));
                            }
                        },
                        "has version 3, and the journal's newest is 2"),
                new Lie(
                        "a version of another step",
                        told -> told.journal.replaceAll(
                                fact -> fact.equals(committed(2, 2)) ? committed(1, 2) : fact),
                        "which was not open"),
                new Lie(
                        "a step is committed twice",
                        told -> {
                            told.journal.add(new JournalRecord.StepOpened(3, List.of(), 0, ""));
                            told.journal.add(committed(3, 2));
                        },
                        "makes version 2 twice"),
                new Lie(
                        "a sample is twice in a step",
                        told -> told.builtFrom(contribution(2, 20, 4, 5, 6, 7, 7)),
                        "ordinal 7 is in it twice"),
                new Lie(
                        "a sample of another step",
                        told -> told.builtFrom(contribution(2, 20, 4, 5, 6, 0)),
                        "ordinal 0 is not of the step"),
                new Lie(
                        "a member is in no contribution",
                        told -> told.builtFrom(contribution(2, 20, 4, 5, 6)),
                        "ordinal 7 is in none of its contributions"),
                new Lie(
                        "an ordinal that no sequence has",
                        told -> told.builtFrom(contribution(2, 20, 4, 5, 6, 7, 99)),
                        "ordinal 99 was trained, and topic tokenized has no sequence"),
                new Lie(
                        "a sequence says another content",
                        told -> told.rest.set(
                                4, ledger -> ledger.tokenized(origin(2), "id-2", "sha-x", 2)),
                        "sample at 0:2 is in topic tokenized with another SHA-256"),
                new Lie(
                        "a sequence says another id",
                        told -> told.rest.set(
                                4, ledger -> ledger.tokenized(origin(2), "id-x", "sha-2", 2)),
                        "ordinal 2 is sample id-x"),
                new Lie(
                        "a rejection says another content",
                        told -> {
                            told.rest.add(ledger -> ledger.submitted(origin(8), "id-8", "sha-8"));
                            told.rest.add(ledger ->
                                    ledger.rejected(origin(8), "NOT_JSON", "id-8", "sha-x"));
                        },
                        "sample at 0:8 is in topic samples.rejected with another SHA-256"),
                new Lie(
                        "a sample is rejected and trained",
                        told -> told.rest.add(
                                ledger -> ledger.rejected(origin(2), "NOT_JSON", "id-2", "sha-2")),
                        "rejected too"),
                new Lie(
                        "a step's line is forged",
                        told -> told.steps.set(1, line(2, 2, 5)),
                        "topic steps says that version 2 is of step 2 with 5 samples"),
                new Lie(
                        "a line about a step that never was",
                        told -> told.steps.add(line(3, 3, 4)),
                        "a line about version 3"),
                new Lie(
                        "two lines about a step",
                        told -> told.steps.add(line(2, 2, 3)),
                        "two things of version 2"),
                new Lie(
                        "a shard says another thing",
                        told -> told.versions.set(3, version(1, 2, contribution(5, 50, 4))),
                        "other contributions in shard 1"),
                new Lie(
                        "a contribution says another thing than the version",
                        told -> told.contributions.set(1, contribution(2, 20, 4, 5, 6)),
                        "otherwise than the contribution itself"),
                new Lie(
                        "a version is missing",
                        told -> told.versions.removeIf(version -> version.version() == 1),
                        "version 1 has no manifest"),
                new Lie(
                        "a manifest names another step",
                        told -> told.versions.replaceAll(version -> version.version() == 2
                                ? new ShardManifest(
                                        version.shard(), 7, 2, List.of(), version.builtFrom())
                                : version),
                        "says that step 7 made it"),
                new Lie(
                        "the journal admits another sample",
                        told -> told.journal.set(6, admitted(6, 60)),
                        "ordinal 6 is sample id-6"));
    }

    @Test
    void anHonestRunIsClean() {
        Verdict verdict = new Told().verdict();
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(8, 8, 0, 0, 0, 0));
        assertThat(verdict.notes()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("lies")
    void aLieIsFoundAndNamed(Lie lie) {
        Told told = new Told();
        lie.told().accept(told);
        Verdict verdict = told.verdict();
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.findings()).anyMatch(sentence -> sentence.contains(lie.found()));
    }

    /** It did no harm, and it is said. */
    @Test
    void aSequenceThatIsThereAgainAndWasNotTrainedIsANote() {
        Told told = new Told();
        told.rest.add(ledger -> ledger.tokenized(origin(1), "id-1", "sha-1", 20));
        Verdict verdict = told.verdict();
        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.notes())
                .containsExactly(
                        "1 sequences are in topic tokenized once more, and were not trained");
    }
}
