package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Micro-batches that fail are split until the culprit is alone. */
class FailureRulesTest {
    private TestPlanner planner = TestPlanner.ofSamplesPerStep(8);

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private Decision fail(LedgerEntry entry, FailureReason reason) {
        return planner.report(TestPlanner.failed(entry, reason));
    }

    @Test
    void outOfMemorySplitsLowersTheLineAndRecomputes() {
        planner.worker("a").samples(8);
        LedgerEntry first = planner.underWay("a").getFirst();
        assertThat(first.ordinals()).hasSize(4);
        assertThat(first.plan()).isEqualTo(Loading.ROOMY);
        fail(first, FailureReason.OUT_OF_MEMORY);

        assertThat(planner.state.fleet().worker("a").orElseThrow().maxTokens())
                .isEqualTo(FailureRules.LEAST_TOKEN_LIMIT);
        LedgerEntry again = planner.underWay("a").getLast();
        assertThat(again.ordinals()).hasSize(2).isSubsetOf(first.ordinals());
        assertThat(again.plan()).isEqualTo(Loading.FULLEST);
        assertThat(planner.commit().steps().getFirst().notes())
                .anyMatch(note -> note.contains("wanted 7000 bytes"));
    }

    @Test
    void theLineIsHalvedButNotForWhatWasAboveIt() {
        planner = new TestPlanner(TestPlanner.stepsOf(3), 1, 1_000).worker("a");
        planner.samples(200, 190, 180);
        LedgerEntry longest = planner.underWay("a").getFirst();
        LedgerEntry second = planner.underWay("a").getLast();
        fail(longest, FailureReason.OUT_OF_MEMORY);
        assertThat(planner.records(JournalRecord.LoadLineChanged.class))
                .extracting(JournalRecord.LoadLineChanged::maxTokens)
                .containsExactly(100);
        fail(second, FailureReason.OUT_OF_MEMORY);
        assertThat(planner.records(JournalRecord.LoadLineChanged.class)).hasSize(1);
    }

    @Test
    void aLineBelowTheFloorStays() {
        planner = new TestPlanner(TestPlanner.stepsOf(1), 1, 50).worker("a");
        planner.samples(40);
        fail(planner.underWay("a").getFirst(), FailureReason.OUT_OF_MEMORY);
        assertThat(planner.records(JournalRecord.LoadLineChanged.class)).isEmpty();
    }

    @Test
    void whatFitsNoWorkerAloneUnderTheFullestPlanIsRejected() {
        planner = TestPlanner.ofSamplesPerStep(2).worker("small").worker("large");
        planner.samples(150, 10);
        long huge = 0;
        fail(attemptOf(huge), FailureReason.OUT_OF_MEMORY);
        LedgerEntry fullest = attemptOf(huge);
        assertThat(fullest.plan()).isEqualTo(Loading.FULLEST);
        fail(fullest, FailureReason.OUT_OF_MEMORY);
        LedgerEntry elsewhere = attemptOf(huge);
        assertThat(elsewhere.workerId()).isNotEqualTo(fullest.workerId());
        Decision decision = fail(elsewhere, FailureReason.OUT_OF_MEMORY);

        SampleRejection rejection = decision.rejections().getFirst();
        assertThat(rejection.sample().ordinal()).isEqualTo(huge);
        assertThat(rejection.reason()).isEqualTo(RejectionReason.OUT_OF_MEMORY);
        assertThat(rejection.note()).contains("small", "large", "7000 bytes", "optimizer-on=host");
        assertThat(planner.commit().steps().getFirst().counts().samples()).isEqualTo(1);
    }

    @Test
    void aWorkerThatCannotTakeASequenceTakesTheOthersOfItsKind() {
        planner = TestPlanner.ofSamplesPerStep(2).worker("a");
        planner.samples(150, 140);
        List<LedgerEntry> both = planner.underWay("a");
        planner.worker("b");
        both.forEach(entry -> fail(entry, FailureReason.OUT_OF_MEMORY));
        LedgerEntry atA = planner.state.ledger().with(LedgerEntry.Status.DISPATCHED).stream()
                .filter(entry -> entry.workerId().equals("a"))
                .findFirst()
                .orElseThrow();
        fail(atA, FailureReason.OUT_OF_MEMORY);
        long unfit = atA.ordinals().getFirst();
        assertThat(planner.step().retryLimits(unfit).unfitWorkers()).containsExactly("a");
        assertThat(attemptOf(unfit).workerId()).isEqualTo("b");
    }

    @Test
    void aStepWithoutMembersIsDropped() {
        planner = TestPlanner.ofSamplesPerStep(1).worker("a");
        planner.samples(150);
        fail(attemptOf(0), FailureReason.OUT_OF_MEMORY);
        planner.join("b", "b-1");
        fail(attemptOf(0), FailureReason.OUT_OF_MEMORY);
        assertThat(planner.records(JournalRecord.SampleRejected.class))
                .as("a worker that is not ready is not waited for")
                .hasSize(1);
        assertThat(planner.records(JournalRecord.StepDropped.class)).hasSize(1);
        assertThat(planner.step().step()).isEqualTo(1);
        assertThat(planner.state.status().version()).isZero();
    }

    @Test
    void theLastWorkerThatMightHaveRoomLeaves() {
        planner = TestPlanner.ofSamplesPerStep(1).worker("a").worker("b");
        planner.samples(150);
        fail(attemptOf(0), FailureReason.OUT_OF_MEMORY);
        fail(attemptOf(0), FailureReason.OUT_OF_MEMORY);
        LedgerEntry elsewhere = attemptOf(0);
        assertThat(planner.records(JournalRecord.SampleRejected.class)).isEmpty();
        planner.report(new Report.Left(elsewhere.workerId(), elsewhere.generation(), "power"));
        assertThat(planner.records(JournalRecord.SampleRejected.class)).hasSize(1);
    }

    @Test
    void notFiniteIsBisectedToTheCulprit() {
        planner.worker("a").samples(8);
        long culprit = 5;
        int failures = 0;
        while (planner.records(JournalRecord.SampleRejected.class).isEmpty()) {
            for (LedgerEntry entry : planner.underWay("a")) {
                if (entry.ordinals().contains(culprit)) {
                    fail(entry, FailureReason.NON_FINITE);
                    failures++;
                } else {
                    planner.report(TestPlanner.trained(entry));
                }
            }
        }
        assertThat(failures).isEqualTo(3);
        assertThat(planner.records(JournalRecord.SampleRejected.class))
                .extracting(JournalRecord.SampleRejected::ordinal)
                .containsExactly(culprit);
        assertThat(planner.records(JournalRecord.LoadLineChanged.class)).isEmpty();
        assertThat(planner.commit().steps().getFirst().counts().samples()).isEqualTo(7);
    }

    @Test
    void anUnreadableSequenceHasASecondChance() {
        planner = TestPlanner.ofSamplesPerStep(2).worker("a");
        planner.samples(2);
        fail(attemptOf(0), FailureReason.UNREADABLE_SEQUENCE);
        assertThat(planner.records(JournalRecord.SampleRejected.class)).isEmpty();
        Decision decision = fail(attemptOf(0), FailureReason.UNREADABLE_SEQUENCE);
        assertThat(decision.rejections())
                .extracting(SampleRejection::reason)
                .containsExactly(RejectionReason.UNREADABLE_SEQUENCE);
    }

    @Test
    void aStepsNotesAreBounded() {
        planner = TestPlanner.ofSamplesPerStep(1).worker("a");
        planner.samples(10);
        IntStream.range(0, 40).forEach(i -> planner.join("b" + i % 2, "x" + i));
        List<String> notes = planner.commit().steps().getFirst().notes();
        assertThat(notes).hasSize(33);
        assertThat(notes.getLast()).isEqualTo("and 6 more");
    }

    @Test
    void creditIsTwoAndTheFastestAsksMost() {
        planner = TestPlanner.ofSamplesPerStep(8).worker("a");
        planner.samples(90, 90, 90, 90, 90, 90, 90, 90);
        assertThat(planner.commands(Command.TrainMicroBatch.class)).hasSize(2);
        planner.worker("b");
        assertThat(planner.commands(Command.TrainMicroBatch.class)).hasSize(4);
        planner.report(TestPlanner.trained(planner.underWay("a").getFirst()));
        assertThat(planner.last(Command.TrainMicroBatch.class).workerId()).isEqualTo("a");
        assertThat(planner.underWay("a")).hasSize(2);
    }

    private LedgerEntry attemptOf(long ordinal) {
        return planner.state.ledger().with(LedgerEntry.Status.DISPATCHED).stream()
                .filter(entry -> entry.ordinals().contains(ordinal))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatIsNotFiniteIsRejectedAndTheRunPausesWhereItIsToldTo() {
        planner = new TestPlanner(
                        new StepSettings(2, 0, Duration.ZERO, 0, 0, 1, true), 1, TestPlanner.TOKENS)
                .worker("a");
        planner.samples(2);
        fail(planner.underWay("a").getFirst(), FailureReason.NON_FINITE);
        assertThat(planner.records(JournalRecord.SampleRejected.class)).hasSize(1);
        assertThat(planner.state.status().paused()).isTrue();
        assertThat(planner.records(JournalRecord.PauseChanged.class).getLast().note())
                .isEqualTo("sample s0 is not finite and was rejected; resume to go on without it");
        planner.samples(2);
        planner.commit();
        assertThat(planner.state.open()).as("no step opens while it is paused").isEmpty();
        planner.ask(new Control.Resume("me"));
        planner.commit();
        assertThat(planner.state.status().version()).isEqualTo(2);
    }
}
