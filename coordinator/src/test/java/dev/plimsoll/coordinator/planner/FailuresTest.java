package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

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
class FailuresTest {
    private Bench bench = Bench.ofSamplesPerStep(8);

    @AfterEach
    void replays() {
        bench.requireReplays();
    }

    private Decision fail(LedgerEntry entry, FailureReason reason) {
        return bench.report(Bench.failed(entry, reason));
    }

    @Test
    void outOfMemorySplitsLowersTheLineAndRecomputes() {
        bench.worker("a").samples(8);
        LedgerEntry first = bench.underWay("a").getFirst();
        assertThat(first.ordinals()).hasSize(4);
        assertThat(first.plan()).isEqualTo(Loading.ROOMY);
        fail(first, FailureReason.OUT_OF_MEMORY);

        assertThat(bench.state.fleet().member("a").orElseThrow().maxTokens())
                .isEqualTo(Failures.LINE_FLOOR_TOKENS);
        LedgerEntry again = bench.underWay("a").getLast();
        assertThat(again.ordinals()).hasSize(2).isSubsetOf(first.ordinals());
        assertThat(again.plan()).isEqualTo(Loading.FULLEST);
        assertThat(bench.commit().steps().getFirst().notes())
                .anyMatch(note -> note.contains("wanted 7000 bytes"));
    }

    @Test
    void theLineIsHalvedButNotForWhatWasAboveIt() {
        bench = new Bench(Bench.stepsOf(3), 1, 1_000).worker("a");
        bench.samples(200, 190, 180);
        LedgerEntry longest = bench.underWay("a").getFirst();
        LedgerEntry second = bench.underWay("a").getLast();
        fail(longest, FailureReason.OUT_OF_MEMORY);
        assertThat(bench.records(JournalRecord.LoadLineChanged.class))
                .extracting(JournalRecord.LoadLineChanged::maxTokens)
                .containsExactly(100);
        fail(second, FailureReason.OUT_OF_MEMORY);
        assertThat(bench.records(JournalRecord.LoadLineChanged.class)).hasSize(1);
    }

    @Test
    void aLineBelowTheFloorStays() {
        bench = new Bench(Bench.stepsOf(1), 1, 50).worker("a");
        bench.samples(40);
        fail(bench.underWay("a").getFirst(), FailureReason.OUT_OF_MEMORY);
        assertThat(bench.records(JournalRecord.LoadLineChanged.class)).isEmpty();
    }

    @Test
    void whatFitsNoWorkerAloneUnderTheFullestPlanIsRejected() {
        bench = Bench.ofSamplesPerStep(2).worker("small").worker("large");
        bench.samples(150, 10);
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
        assertThat(rejection.note()).contains("small", "large", "7000 bytes");
        assertThat(bench.commit().steps().getFirst().counts().samples()).isEqualTo(1);
    }

    @Test
    void aWorkerThatCannotTakeASequenceTakesTheOthersOfItsKind() {
        bench = Bench.ofSamplesPerStep(2).worker("a");
        bench.samples(150, 140);
        List<LedgerEntry> both = bench.underWay("a");
        bench.worker("b");
        both.forEach(entry -> fail(entry, FailureReason.OUT_OF_MEMORY));
        LedgerEntry atA = bench.state.ledger().with(LedgerEntry.Status.DISPATCHED).stream()
                .filter(entry -> entry.workerId().equals("a"))
                .findFirst()
                .orElseThrow();
        fail(atA, FailureReason.OUT_OF_MEMORY);
        long unfit = atA.ordinals().getFirst();
        assertThat(bench.step().trouble(unfit).unfitWorkers()).containsExactly("a");
        assertThat(attemptOf(unfit).workerId()).isEqualTo("b");
    }

    @Test
    void aStepWithoutMembersIsDropped() {
        bench = Bench.ofSamplesPerStep(1).worker("a");
        bench.samples(150);
        fail(attemptOf(0), FailureReason.OUT_OF_MEMORY);
        bench.join("b", "b-1");
        fail(attemptOf(0), FailureReason.OUT_OF_MEMORY);
        assertThat(bench.records(JournalRecord.SampleRejected.class))
                .as("a worker that is not ready is not waited for")
                .hasSize(1);
        assertThat(bench.records(JournalRecord.StepDropped.class)).hasSize(1);
        assertThat(bench.state.progress().nextStep()).isEqualTo(1);
        assertThat(bench.state.progress().version()).isZero();
    }

    @Test
    void theLastWorkerThatMightHaveRoomLeaves() {
        bench = Bench.ofSamplesPerStep(1).worker("a").worker("b");
        bench.samples(150);
        fail(attemptOf(0), FailureReason.OUT_OF_MEMORY);
        fail(attemptOf(0), FailureReason.OUT_OF_MEMORY);
        LedgerEntry elsewhere = attemptOf(0);
        assertThat(bench.records(JournalRecord.SampleRejected.class)).isEmpty();
        bench.report(new Report.Left(elsewhere.workerId(), elsewhere.generation(), "power"));
        assertThat(bench.records(JournalRecord.SampleRejected.class)).hasSize(1);
    }

    @Test
    void notFiniteIsBisectedToTheCulprit() {
        bench.worker("a").samples(8);
        long culprit = 5;
        int failures = 0;
        while (bench.records(JournalRecord.SampleRejected.class).isEmpty()) {
            for (LedgerEntry entry : bench.underWay("a")) {
                if (entry.ordinals().contains(culprit)) {
                    fail(entry, FailureReason.NON_FINITE);
                    failures++;
                } else {
                    bench.report(Bench.trained(entry));
                }
            }
        }
        assertThat(failures).isEqualTo(3);
        assertThat(bench.records(JournalRecord.SampleRejected.class))
                .extracting(JournalRecord.SampleRejected::ordinal)
                .containsExactly(culprit);
        assertThat(bench.records(JournalRecord.LoadLineChanged.class)).isEmpty();
        assertThat(bench.commit().steps().getFirst().counts().samples()).isEqualTo(7);
    }

    @Test
    void anUnreadableSequenceHasASecondChance() {
        bench = Bench.ofSamplesPerStep(2).worker("a");
        bench.samples(2);
        fail(attemptOf(0), FailureReason.UNREADABLE_SEQUENCE);
        assertThat(bench.records(JournalRecord.SampleRejected.class)).isEmpty();
        Decision decision = fail(attemptOf(0), FailureReason.UNREADABLE_SEQUENCE);
        assertThat(decision.rejections())
                .extracting(SampleRejection::reason)
                .containsExactly(RejectionReason.UNREADABLE_SEQUENCE);
    }

    @Test
    void aStepsNotesAreBounded() {
        bench = Bench.ofSamplesPerStep(1).worker("a");
        bench.samples(10);
        IntStream.range(0, 40).forEach(i -> bench.join("b" + i % 2, "x" + i));
        List<String> notes = bench.commit().steps().getFirst().notes();
        assertThat(notes).hasSize(33);
        assertThat(notes.getLast()).isEqualTo("and 6 more");
    }

    @Test
    void creditIsTwoAndTheFastestAsksMost() {
        bench = Bench.ofSamplesPerStep(8).worker("a");
        bench.samples(90, 90, 90, 90, 90, 90, 90, 90);
        assertThat(bench.commands(Command.TrainMicroBatch.class)).hasSize(2);
        bench.worker("b");
        assertThat(bench.commands(Command.TrainMicroBatch.class)).hasSize(4);
        bench.report(Bench.trained(bench.underWay("a").getFirst()));
        assertThat(bench.last(Command.TrainMicroBatch.class).workerId()).isEqualTo("a");
        assertThat(bench.underWay("a")).hasSize(2);
    }

    private LedgerEntry attemptOf(long ordinal) {
        return bench.state.ledger().with(LedgerEntry.Status.DISPATCHED).stream()
                .filter(entry -> entry.ordinals().contains(ordinal))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatIsNotFiniteIsRejectedAndTheRunPausesWhereItIsToldTo() {
        bench = new Bench(new StepSettings(2, 0, Duration.ZERO, 0, 0, 1, true), 1, Bench.TOKENS)
                .worker("a");
        bench.samples(2);
        fail(bench.underWay("a").getFirst(), FailureReason.NON_FINITE);
        assertThat(bench.records(JournalRecord.SampleRejected.class)).hasSize(1);
        assertThat(bench.state.progress().paused()).isTrue();
        assertThat(bench.records(JournalRecord.PauseChanged.class).getLast().note())
                .isEqualTo("sample s0 is not finite and was rejected; resume to go on without it");
        bench.samples(2);
        bench.commit();
        assertThat(bench.state.open()).as("no step opens while it is paused").isEmpty();
        bench.ask(new Control.Resume("me"));
        bench.commit();
        assertThat(bench.state.progress().version()).isEqualTo(2);
    }
}
