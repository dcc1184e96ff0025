package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** MembershipRules, leaving, getting lost and coming back. */
class MembershipRulesTest {
    private final TestPlanner planner = TestPlanner.ofSamplesPerStep(4);

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    @Test
    void everyJoinGetsALaneAndAFreshGeneration() {
        planner.join("a", "a-1");
        planner.join("b", "b-1");
        assertThat(planner.commands(Command.Admitted.class))
                .extracting(Command.Admitted::lane, Command.Admitted::generation)
                .containsExactly(tuple(1, 1L), tuple(2, 2L));
    }

    @Test
    void lanesAreSharedBeyondSixtyThreeWorkers() {
        for (int i = 0; i < 65; i++) {
            planner.join("w" + i, "x");
        }
        assertThat(planner.commands(Command.Admitted.class))
                .extracting(Command.Admitted::lane)
                .contains(63)
                .doesNotContain(0, 64)
                .endsWith(1, 2);
    }

    @Test
    void workFollowsOnlyOnceReady() {
        planner.join("a", "a-1");
        planner.samples(4);
        assertThat(planner.commands(Command.TrainMicroBatch.class)).isEmpty();
        planner.ready("a");
        assertThat(planner.commands(Command.TrainMicroBatch.class)).hasSize(2);
        assertThat(planner.ready("a").isEmpty()).isTrue();
    }

    @Test
    void aRepeatedJoinGetsTheSameAnswer() {
        Decision first = planner.join("a", "a-1");
        Decision second = planner.join("a", "a-1");
        assertThat(second.records()).isEmpty();
        assertThat(second.commands()).isEqualTo(first.commands());
    }

    @Test
    void aRestartedProcessReplacesItsPredecessorForGood() {
        planner.worker("a").samples(4);
        Decision second = planner.join("a", "a-2");
        assertThat(second.records())
                .extracting(record -> record.getClass().getSimpleName())
                .containsExactly("WorkerLost", "WorkerAdmitted");
        // the one before may be alive: it is told to end
        Command.Refused told = planner.commands(Command.Refused.class).getLast();
        assertThat(told.workerId()).isEqualTo("a");
        assertThat(told.incarnation()).isEqualTo("a-1");
        assertThat(told.reason()).isEqualTo(RefusalReason.WORKER_ID_TAKEN);
        assertThat(planner.step().waiting()).hasSize(4);
        planner.join("a", "a-1");
        assertThat(planner.last(Command.Refused.class).reason())
                .isEqualTo(RefusalReason.WORKER_ID_TAKEN);
        assertThat(planner.generation("a")).isEqualTo(2);
    }

    /** It was taken for lost before its successor came, and wakes afterwards. */
    @Test
    void whoIsReplacedAfterItWasLostIsToldToo() {
        planner.worker("a");
        planner.pass(Duration.ofSeconds(11));
        planner.join("a", "a-2");
        assertThat(planner.commands(Command.Refused.class))
                .extracting(Command.Refused::incarnation, Command.Refused::reason)
                .containsExactly(tuple("a-1", RefusalReason.WORKER_ID_TAKEN));
    }

    @Test
    void whoJoinsAgainAfterItWasLostIsNotToldThatItIsReplaced() {
        planner.worker("a");
        planner.pass(Duration.ofSeconds(11));
        planner.join("a", "a-1");
        assertThat(planner.generation("a")).isEqualTo(2);
        assertThat(planner.commands(Command.Refused.class)).isEmpty();
    }

    @Test
    void aHeartbeatOfOneThatWasReplacedDoesNotAdmitItsSuccessor() {
        planner.worker("a");
        planner.pass(Duration.ofSeconds(11));
        planner.join("a", "a-2");
        Report.Heartbeat ofReplaced = new Report.Heartbeat("a", 1, 0, 0);
        assertThat(planner.report(ofReplaced).isEmpty()).isTrue();
        planner.report(new Report.Left("a", 2, "for good"));
        Decision decision = planner.report(ofReplaced);
        assertThat(decision.records()).isEmpty();
        assertThat(decision.commands())
                .singleElement()
                .satisfies(told ->
                        assertThat(((Command.Refused) told).incarnation()).isEqualTo("a-1"));
        assertThat(planner.report(new Report.Contributed("a", 1, 1, 0, List.of(), List.of()))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void aSuccessorThatMissedItsAdmissionIsAdmittedOnceMore() {
        planner.worker("a");
        planner.join("a", "a-2");
        for (int generation = 3; generation <= 5; generation++) {
            planner.pass(Duration.ofSeconds(12));
            assertThat(planner.state.fleet().workers()).isEmpty();
            planner.report(new Report.Heartbeat("a", 2, 0, 0));
            assertThat(planner.last(Command.Admitted.class).incarnation()).isEqualTo("a-2");
            assertThat(planner.generation("a")).isEqualTo(generation);
        }
        planner.requireReplays();
        assertThat(planner.report(new Report.Heartbeat("a", 1, 0, 0)).records()).isEmpty();
    }

    @Test
    void onlySomeReplacedIncarnationsAreRemembered() {
        for (int i = 0; i < 12; i++) {
            planner.join("a", "a-" + i);
        }
        assertThat(planner.state.fleet().isReplaced("a", "a-10")).isTrue();
        assertThat(planner.state.fleet().isReplaced("a", "a-0")).isFalse();
    }

    @Test
    void anotherModelIsRefused() {
        Decision decision = planner.joinWithModel("a", "beef");
        assertThat(decision.records()).isEmpty();
        Command.Refused refused = planner.last(Command.Refused.class);
        assertThat(refused.reason()).isEqualTo(RefusalReason.MODEL_DIFFERS);
        assertThat(refused.note()).contains("beef", TestPlanner.HASH);
    }

    @Test
    void afterTheEndNobodyJoins() {
        planner.worker("a");
        planner.join("late", "late-1");
        planner.ask(new Control.Finish("me"));
        assertThat(planner.ready("late").isEmpty()).isTrue();
        planner.report(new Report.Left("late", 2, "done"));
        planner.join("b", "b-1");
        assertThat(planner.last(Command.Refused.class).reason())
                .isEqualTo(RefusalReason.RUN_FINISHED);
        planner.report(new Report.Left("a", 1, "done"));
        assertThat(planner.state.fleet().workers()).isEmpty();
        assertThat(planner.report(new Report.Heartbeat("a", 1, 0, 0)).isEmpty()).isTrue();
    }

    @Test
    void silenceForALeaseLosesTheWorkerAndItsWork() {
        planner.worker("a").worker("b").samples(4);
        for (int i = 0; i < 11; i++) {
            planner.pass(Duration.ofSeconds(1));
            planner.report(new Report.Heartbeat("b", 2, 0, 0));
        }
        assertThat(planner.state.fleet().worker("a")).isEmpty();
        assertThat(planner.state.fleet().worker("b")).isPresent();
        assertThat(planner.step().waiting()).isNotEmpty();
        planner.trainAll();
        assertThat(planner.commands(Command.Contribute.class).stream()
                        .filter(asked -> asked.workerId().equals("b"))
                        .flatMap(asked -> asked.attempts().stream()))
                .as("its own, and what it was given afterwards")
                .hasSize(4)
                .doesNotHaveDuplicates();
    }

    @Test
    void aWorkerTakenForLostIsAdmittedAgainWhenHeard() {
        planner.worker("a").samples(4);
        LedgerEntry old = planner.underWay("a").getFirst();
        planner.pass(Duration.ofSeconds(11));
        assertThat(planner.state.fleet().workers()).isEmpty();
        planner.report(TestPlanner.trained(old));
        Command.Admitted again = planner.last(Command.Admitted.class);
        assertThat(again.incarnation()).isEqualTo("a-1");
        assertThat(again.generation()).isEqualTo(2);
        assertThat(planner.state.fleet().ready()).isEmpty();
        assertThat(planner.records(JournalRecord.MicroBatchAccepted.class)).isEmpty();
    }

    @Test
    void whoMissedItsAdmissionIsAdmittedOnceMore() {
        planner.worker("a").samples(4);
        planner.pass(Duration.ofSeconds(11));
        planner.report(new Report.Heartbeat("a", 1, 0, 0));
        assertThat(planner.last(Command.Admitted.class).generation()).isEqualTo(2);
        assertThat(planner.report(new Report.Heartbeat("a", 1, 0, 0)).isEmpty()).isTrue();
        planner.pass(Duration.ofSeconds(11));
        assertThat(planner.state.fleet().workers()).isEmpty();
        assertThat(planner.report(new Report.Contributed("a", 1, 1, 0, List.of(), List.of()))
                        .isEmpty())
                .isTrue();
        planner.report(new Report.Heartbeat("a", 1, 0, 0));
        assertThat(planner.last(Command.Admitted.class).incarnation()).isEqualTo("a-1");
        assertThat(planner.last(Command.Admitted.class).generation()).isEqualTo(3);
    }

    @Test
    void whoLeavesIsNotCalledBack() {
        planner.worker("a").samples(4);
        planner.report(new Report.Left("a", 1, "maintenance"));
        assertThat(planner.state.fleet().workers()).isEmpty();
        assertThat(planner.step().waiting()).hasSize(4);
        assertThat(planner.report(new Report.Left("a", 1, "maintenance")).records())
                .isEmpty();
        assertThat(planner.report(new Report.Left("stranger", 1, "?")).records())
                .isEmpty();
    }

    @Test
    void aLoweredLineOutlivesTheGeneration() {
        planner.worker("a").samples(4);
        planner.report(TestPlanner.failed(
                planner.underWay("a").getFirst(),
                dev.plimsoll.wire.protocol.FailureReason.OUT_OF_MEMORY));
        int lowered = planner.state.fleet().worker("a").orElseThrow().maxTokens();
        planner.join("a", "a-2");
        assertThat(planner.state.fleet().worker("a").orElseThrow().maxTokens()).isEqualTo(lowered);
    }

    /** What its process says then is in WorkerLoop: heartbeats, and in time a Joined. */
    @Test
    void whoIsForgottenIsAdmittedWhenItAsksAgain() {
        planner.worker("a").samples(4);
        for (int i = 0; i < 256; i++) {
            planner.join("pod-" + i, "x");
            planner.report(new Report.Left("pod-" + i, i + 2, "scaled down"));
        }
        planner.report(new Report.Left("a", 1, "it lost its state"));
        assertThat(planner.state.fleet().departed("a")).isEmpty();
        assertThat(planner.report(new Report.Heartbeat("a", 1, 0, 0)).isEmpty()).isTrue();
        planner.join("a", "a-1");
        assertThat(planner.last(Command.Admitted.class).incarnation()).isEqualTo("a-1");
        assertThat(planner.generation("a")).isEqualTo(258);
        planner.ready("a");
        assertThat(planner.underWay("a")).isNotEmpty();
    }

    /** Of more than are remembered, those that are forgotten ask. */
    @Test
    void allComeBackOfManyThatWereLostAtOnce() {
        for (int i = 0; i < 300; i++) {
            planner.join("w" + i, "x");
        }
        planner.pass(Duration.ofSeconds(12));
        assertThat(planner.state.fleet().workers()).isEmpty();
        for (int i = 0; i < 300; i++) {
            planner.report(new Report.Heartbeat("w" + i, i + 1, 0, 0));
            planner.join("w" + i, "x");
        }
        assertThat(planner.state.fleet().workers()).hasSize(300);
        assertThat(planner.commands(Command.Refused.class)).isEmpty();
    }

    @Test
    void theDepartedAreForgottenInTheEnd() {
        for (int i = 0; i < 260; i++) {
            planner.join("w" + i, "x");
            planner.report(new Report.Left("w" + i, i + 1, "bye"));
        }
        assertThat(planner.state.fleet().departed("w0")).isEmpty();
        assertThat(planner.state.fleet().departed("w259")).isPresent();
    }
}
