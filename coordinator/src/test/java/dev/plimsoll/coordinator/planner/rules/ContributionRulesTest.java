package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.TestPlanner;
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
class ContributionRulesTest {
    private TestPlanner planner =
            new TestPlanner(TestPlanner.stepsOf(4), 2).worker("a").worker("b");

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private Command.Contribute asked(String workerId) {
        return planner.commands(Command.Contribute.class).stream()
                .filter(asked -> asked.workerId().equals(workerId))
                .toList()
                .getLast();
    }

    private boolean isAwaited(Command.Contribute asked) {
        return planner.state.withContribution(asked.contribution()).isPresent();
    }

    @Test
    void nobodyIsAskedBeforeEveryMemberIsGivenOut() {
        planner = new TestPlanner(TestPlanner.stepsOf(5), 2, 10).worker("a").worker("b");
        planner.samples(5);
        assertThat(planner.commands(Command.Contribute.class)).isEmpty();
        planner.report(TestPlanner.trained(planner.underWay("a").getFirst()));
        assertThat(asked("a").attempts()).as("all that it was given").hasSize(3);
        assertThat(asked("b").attempts()).hasSize(2);
        assertThat(planner.commands(Command.ExpectContributions.class)).hasSize(1);
    }

    @Test
    void aWorkerThatIsAloneIsAskedWhenAllIsTrained() {
        planner = new TestPlanner(TestPlanner.stepsOf(4), 2).worker("a");
        planner.samples(4);
        assertThat(planner.commands(Command.Contribute.class)).isEmpty();
        planner.trainAll();
        assertThat(asked("a").ahead()).isPresent();
    }

    @Test
    void whatComesBackIsNotContributedAndTheRestIsAskedForAgain() {
        planner.samples(4);
        Command.Contribute withdrawn = asked("a");
        List<LedgerEntry> own = planner.underWay("a");
        assertThat(withdrawn.attempts()).hasSize(2);
        planner.report(TestPlanner.trained(own.getFirst()));
        planner.report(TestPlanner.failed(own.getLast(), FailureReason.RECALLED));
        assertThat(isAwaited(withdrawn)).isFalse();
        assertThat(planner.report(planner.contributed(withdrawn)).records()).isEmpty();
        planner.trainAll();
        assertThat(asked("a").attempts())
                .contains(own.getFirst().attempt().attempt())
                .doesNotContain(own.getLast().attempt().attempt());
        planner.commit();
        assertThat(planner.records(JournalRecord.ContributionVoided.class)).isEmpty();
        assertThat(planner.state.status().version()).isEqualTo(1);
    }

    @Test
    void whoIsGivenMoreAfterItWasAskedIsAskedForThatAlone() {
        planner.samples(4);
        Command.Contribute first = asked("a");
        planner.report(new Report.Left("b", planner.generation("b"), "power"));
        planner.trainAll();
        assertThat(isAwaited(first)).isTrue();
        assertThat(planner.commands(Command.Contribute.class).stream()
                        .filter(this::isAwaited)
                        .flatMap(asked -> asked.attempts().stream()))
                .as("each attempt is asked for once")
                .doesNotHaveDuplicates()
                .containsAll(first.attempts());
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(1);
    }

    @Test
    void whoContributesWhatIsNotTrainedLosesItsGeneration() {
        planner.samples(4);
        planner.report(TestPlanner.trained(planner.underWay("a").getFirst()));
        planner.report(planner.contributed(asked("a")));
        assertThat(planner.state.fleet().worker("a")).isEmpty();
        assertThat(planner.records(JournalRecord.ContributionAccepted.class)).isEmpty();
        assertThat(planner.records(JournalRecord.WorkerLost.class).getFirst().note())
                .contains("came before");
    }

    @Test
    void whoWaitsForSeveralIsToldWhatToExpectInTheOrderOfSummation() {
        planner.samples(4);
        planner.trainAll();
        assertThat(planner.commands(Command.ExpectContributions.class))
                .containsExactly(new Command.ExpectContributions(0, 0, List.of(1L, 2L), List.of()));
        planner.report(planner.contributed(asked("b")));
        planner.report(new Report.Left("a", 1, "power"));
        planner.trainAll();
        planner.contributeAll();
        Command.ExpectContributions again = planner.last(Command.ExpectContributions.class);
        assertThat(again.contributions()).containsExactly(2L, 3L);
        assertThat(again.arrived()).as("of b").isEqualTo(planner.spans());
        assertThat(planner.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.contribution())
                .isEqualTo(again.contributions());
    }

    @Test
    void ofOneContributionNothingIsToldBefore() {
        planner = new TestPlanner(TestPlanner.stepsOf(4), 2).worker("a");
        planner.samples(4);
        planner.trainAll();
        assertThat(planner.commands(Command.Contribute.class)).isNotEmpty();
        assertThat(planner.commands(Command.ExpectContributions.class)).isEmpty();
    }

    @Test
    void theOrderOfAttemptsInAReportDoesNotMatter() {
        planner.samples(4);
        planner.trainAll();
        Command.Contribute asked = asked("a");
        planner.report(new Report.Contributed(
                "a", 1, asked.contribution(), 0, asked.attempts().reversed(), planner.spans()));
        assertThat(planner.oldest().contributions().isAccepted(asked.contribution()))
                .isTrue();
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
        planner.samples(4);
        planner.trainAll();
        Command.Contribute asked = asked("a");
        assertThat(asked.attempts()).containsExactly(1L, 3L);
        planner.report(flawed);
        assertThat(planner.records(JournalRecord.ContributionVoided.class)).hasSize(1);
        assertThat(planner.state.ledger().with(LedgerEntry.Status.DISPATCHED))
                .flatExtracting(LedgerEntry::ordinals)
                .hasSize(2);
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(1);
    }

    @Test
    void aWorkerLostBeforeItContributesTakesItsWorkAlong() {
        planner.samples(4);
        planner.trainAll();
        Command.Contribute asked = asked("a");
        planner.report(new Report.Left("a", 1, "power"));
        assertThat(planner.underWay("b")).isNotEmpty();
        assertThat(planner.report(planner.contributed(asked)).records())
                .noneMatch(JournalRecord.ContributionAccepted.class::isInstance);
        planner.contributeAll();
        assertThat(planner.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.workerId())
                .containsOnly("b");
        assertThat(planner.commands(Command.Contribute.class)).hasSize(3);
    }

    /** TestPlanner's a and b, credit 2: two of four samples are under way with a. */
    @Test
    void whoWantsToLeaveIsGivenNothingMoreAndAskedAtOnceForWhatItHas() {
        planner.samples(4);
        List<LedgerEntry> own = planner.underWay("a");
        planner.report(TestPlanner.trained(own.getFirst()));
        planner.report(new Report.Draining("a", 1, "spot"));
        Command.Contribute before = asked("a");
        assertThat(before.attempts()).as("it still works").hasSize(2);
        planner.report(TestPlanner.failed(own.getLast(), FailureReason.RECALLED));
        Command.Contribute asked = asked("a");
        assertThat(asked.contribution()).isNotEqualTo(before.contribution());
        assertThat(asked.attempts()).containsExactly(own.getFirst().attempt().attempt());
        assertThat(planner.underWay("a")).isEmpty();
        assertThat(planner.report(new Report.Draining("a", 1, "spot")).records())
                .isEmpty();
        assertThat(planner.report(new Report.Ready("a", 1, 0)).records()).isEmpty();
        planner.report(planner.contributed(asked));
        planner.report(new Report.Left("a", 1, "spot"));
        planner.contributeAll();
        assertThat(planner.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.workerId())
                .as("b was asked before it was given what came back")
                .containsExactly("b", "a", "b");
        planner.commit();
        assertThat(planner.records(JournalRecord.StepCommitted.class)).hasSize(1);
        assertThat(planner.state.fleet().worker("a")).isEmpty();
    }

    @Test
    void aWorkerLostAfterItContributedStillCounts() {
        planner.samples(4);
        planner.trainAll();
        planner.report(planner.contributed(asked("a")));
        planner.report(new Report.Left("a", 1, "power"));
        planner.contributeAll();
        assertThat(planner.last(Command.ApplyStep.class).contributions())
                .extracting(ref -> ref.workerId())
                .containsExactly("a", "b");
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void aLossThatIsNotFiniteEndsTheGeneration(double lossNats) {
        planner.samples(4);
        LedgerEntry entry = planner.underWay("a").getFirst();
        planner.report(new Report.MicroBatchTrained(
                "a", 1, entry.attempt(), lossNats, entry.lossTokens(), TestPlanner.MEASURES));
        assertThat(planner.state.fleet().worker("a")).isEmpty();
    }

    @Test
    void anotherNumberOfLossTokensEndsTheGeneration() {
        planner.samples(4);
        LedgerEntry entry = planner.underWay("a").getFirst();
        planner.report(new Report.MicroBatchTrained(
                "a", 1, entry.attempt(), 1, entry.lossTokens() + 1, TestPlanner.MEASURES));
        assertThat(planner.records(JournalRecord.WorkerLost.class).getFirst().note())
                .contains("cannot be trusted");
    }
}
