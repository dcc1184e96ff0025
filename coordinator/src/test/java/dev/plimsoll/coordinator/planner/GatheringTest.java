package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.stream.Stream;

/** What counts as a contribution. */
class GatheringTest {
    private Bench bench = new Bench(Bench.stepsOf(4), 2).worker("a").worker("b");

    @AfterEach
    void replays() {
        bench.requireReplays();
    }

    private Command.Contribute asked(String workerId) {
        return bench.commands(Command.Contribute.class).stream()
                .filter(asked -> asked.workerId().equals(workerId))
                .toList()
                .getLast();
    }

    @Test
    void nobodyIsAskedBeforeEveryMemberIsTrained() {
        bench.samples(4);
        bench.report(Bench.trained(bench.underWay("a").getFirst()));
        assertThat(bench.commands(Command.Contribute.class)).isEmpty();
    }

    @Test
    void theOrderOfAttemptsInAReportDoesNotMatter() {
        bench.samples(4);
        bench.trainAll();
        Command.Contribute asked = asked("a");
        bench.report(new Report.Contributed(
                "a", 1, asked.contribution(), 0, asked.attempts().reversed(), bench.spans()));
        assertThat(bench.state.contributions().isAccepted(asked.contribution())).isTrue();
    }

    static Stream<Report.Contributed> flawed() {
        List<ChunkSpan> good = List.of(new ChunkSpan(0, 0, 1), new ChunkSpan(1, 0, 1));
        return Stream.of(
                contributed(0, List.of(1L), good),
                contributed(0, List.of(), good),
                contributed(0, List.of(1L, 3L, 3L), good),
                contributed(0, List.of(1L, 2L, 3L), good),
                contributed(1, List.of(1L, 3L), good),
                contributed(0, List.of(1L, 3L), List.of()),
                contributed(0, List.of(1L, 3L), good.subList(0, 1)),
                contributed(0, List.of(1L, 3L), List.of(good.get(0), good.get(0))),
                contributed(0, List.of(1L, 3L), List.of(good.get(0), new ChunkSpan(2, 0, 1))),
                contributed(0, List.of(1L, 3L), List.of(good.get(1), new ChunkSpan(2, 0, 1))),
                contributed(0, List.of(1L, 3L), List.of(good.get(0), new ChunkSpan(1, 2, 1))),
                contributed(0, List.of(1L, 3L), List.of(good.get(0), new ChunkSpan(1, -1, 1))));
    }

    private static Report.Contributed contributed(
            long step, List<Long> attempts, List<ChunkSpan> spans) {
        return new Report.Contributed("a", 1, 1, step, attempts, spans);
    }

    @ParameterizedTest
    @MethodSource("flawed")
    void aContributionThatIsNotWhatTheLedgerSaysIsVoidAndTrainedAgain(Report.Contributed flawed) {
        bench.samples(4);
        bench.trainAll();
        Command.Contribute asked = asked("a");
        assertThat(asked.attempts()).containsExactly(1L, 3L);
        bench.report(flawed);
        assertThat(bench.records(JournalRecord.ContributionVoided.class)).hasSize(1);
        assertThat(bench.state.ledger().with(LedgerEntry.Status.DISPATCHED))
                .flatExtracting(LedgerEntry::ordinals)
                .hasSize(2);
        bench.commit();
        assertThat(bench.state.progress().version()).isEqualTo(1);
    }

    @Test
    void aWorkerLostBeforeItContributesTakesItsWorkAlong() {
        bench.samples(4);
        bench.trainAll();
        Command.Contribute asked = asked("a");
        bench.report(new Report.Left("a", 1, "power"));
        assertThat(bench.underWay("b")).isNotEmpty();
        assertThat(bench.report(bench.contributed(asked)).records())
                .noneMatch(JournalRecord.ContributionAccepted.class::isInstance);
        bench.contributeAll();
        assertThat(bench.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.workerId())
                .containsOnly("b");
        assertThat(bench.commands(Command.Contribute.class)).hasSize(3);
    }

    /** Bench's a and b, credit 2: two of four samples are under way with a. */
    @Test
    void whoWantsToLeaveIsGivenNothingMoreAndAskedAtOnceForWhatItHas() {
        bench.samples(4);
        List<LedgerEntry> own = bench.underWay("a");
        bench.report(Bench.trained(own.getFirst()));
        bench.report(new Report.Draining("a", 1, "spot"));
        assertThat(bench.commands(Command.Contribute.class))
                .as("it still works")
                .isEmpty();
        bench.report(Bench.failed(own.getLast(), FailureReason.RECALLED));
        Command.Contribute asked = asked("a");
        assertThat(asked.attempts()).containsExactly(own.getFirst().attempt().attempt());
        assertThat(bench.underWay("a")).isEmpty();
        assertThat(bench.report(new Report.Draining("a", 1, "spot")).records()).isEmpty();
        assertThat(bench.report(new Report.Ready("a", 1, 0)).records()).isEmpty();
        bench.report(bench.contributed(asked));
        bench.report(new Report.Left("a", 1, "spot"));
        bench.contributeAll();
        assertThat(bench.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.workerId())
                .containsExactly("a", "b");
        bench.commit();
        assertThat(bench.records(JournalRecord.StepCommitted.class)).hasSize(1);
        assertThat(bench.state.fleet().member("a")).isEmpty();
    }

    @Test
    void aWorkerLostAfterItContributedStillCounts() {
        bench.samples(4);
        bench.trainAll();
        bench.report(bench.contributed(asked("a")));
        bench.report(new Report.Left("a", 1, "power"));
        bench.contributeAll();
        assertThat(bench.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.workerId())
                .containsExactly("a", "b");
        bench.commit();
        assertThat(bench.state.progress().version()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void aLossThatIsNotFiniteEndsTheGeneration(double lossNats) {
        bench.samples(4);
        LedgerEntry entry = bench.underWay("a").getFirst();
        bench.report(new Report.MicroBatchTrained(
                "a", 1, entry.attempt(), lossNats, entry.lossTokens(), Bench.MEASURES));
        assertThat(bench.state.fleet().member("a")).isEmpty();
    }

    @Test
    void anotherNumberOfLossTokensEndsTheGeneration() {
        bench.samples(4);
        LedgerEntry entry = bench.underWay("a").getFirst();
        bench.report(new Report.MicroBatchTrained(
                "a", 1, entry.attempt(), 1, entry.lossTokens() + 1, Bench.MEASURES));
        assertThat(bench.records(JournalRecord.WorkerLost.class).getFirst().note())
                .contains("cannot be trusted");
    }
}
