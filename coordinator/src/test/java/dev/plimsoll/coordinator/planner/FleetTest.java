package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** Joining, leaving, getting lost and coming back. */
class FleetTest {
    private final Bench bench = Bench.ofSamplesPerStep(4);

    @AfterEach
    void replays() {
        bench.requireReplays();
    }

    @Test
    void everyJoinGetsALaneAndAFreshGeneration() {
        bench.join("a", "a-1");
        bench.join("b", "b-1");
        assertThat(bench.commands(Command.Admitted.class))
                .extracting(Command.Admitted::lane, Command.Admitted::generation)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, 1L),
                        org.assertj.core.groups.Tuple.tuple(2, 2L));
    }

    @Test
    void lanesAreSharedBeyondSixtyThreeWorkers() {
        for (int i = 0; i < 65; i++) {
            bench.join("w" + i, "x");
        }
        assertThat(bench.commands(Command.Admitted.class))
                .extracting(Command.Admitted::lane)
                .contains(63)
                .doesNotContain(0, 64)
                .endsWith(1, 2);
    }

    @Test
    void workFollowsOnlyOnceReady() {
        bench.join("a", "a-1");
        bench.samples(4);
        assertThat(bench.commands(Command.TrainMicroBatch.class)).isEmpty();
        bench.ready("a");
        assertThat(bench.commands(Command.TrainMicroBatch.class)).hasSize(2);
        assertThat(bench.ready("a").isEmpty()).isTrue();
    }

    @Test
    void aRepeatedJoinGetsTheSameAnswer() {
        Decision first = bench.join("a", "a-1");
        Decision second = bench.join("a", "a-1");
        assertThat(second.records()).isEmpty();
        assertThat(second.commands()).isEqualTo(first.commands());
    }

    @Test
    void aRestartedProcessReplacesItsPredecessorForGood() {
        bench.worker("a").samples(4);
        Decision second = bench.join("a", "a-2");
        assertThat(second.records())
                .extracting(record -> record.getClass().getSimpleName())
                .containsExactly("WorkerLost", "WorkerAdmitted");
        assertThat(bench.step().waiting()).hasSize(4);
        bench.join("a", "a-1");
        assertThat(bench.last(Command.Refused.class).reason())
                .isEqualTo(RefusalReason.WORKER_ID_TAKEN);
        assertThat(bench.generation("a")).isEqualTo(2);
    }

    @Test
    void onlySomeReplacedIncarnationsAreRemembered() {
        for (int i = 0; i < 12; i++) {
            bench.join("a", "a-" + i);
        }
        assertThat(bench.state.fleet().isReplaced("a", "a-10")).isTrue();
        assertThat(bench.state.fleet().isReplaced("a", "a-0")).isFalse();
    }

    @Test
    void anotherModelIsRefused() {
        Decision decision = bench.joinWithModel("a", "beef");
        assertThat(decision.records()).isEmpty();
        Command.Refused refused = bench.last(Command.Refused.class);
        assertThat(refused.reason()).isEqualTo(RefusalReason.MODEL_DIFFERS);
        assertThat(refused.note()).contains("beef", Bench.HASH);
    }

    @Test
    void afterTheEndNobodyJoins() {
        bench.worker("a");
        bench.join("late", "late-1");
        bench.ask(new Control.Finish("me"));
        assertThat(bench.ready("late").isEmpty()).isTrue();
        bench.report(new Report.Left("late", 2, "done"));
        bench.join("b", "b-1");
        assertThat(bench.last(Command.Refused.class).reason())
                .isEqualTo(RefusalReason.RUN_FINISHED);
        bench.report(new Report.Left("a", 1, "done"));
        assertThat(bench.state.fleet().members()).isEmpty();
        assertThat(bench.report(new Report.Heartbeat("a", 1, 0, 0)).isEmpty()).isTrue();
    }

    @Test
    void silenceForALeaseLosesTheWorkerAndItsWork() {
        bench.worker("a").worker("b").samples(4);
        for (int i = 0; i < 11; i++) {
            bench.pass(Duration.ofSeconds(1));
            bench.report(new Report.Heartbeat("b", 2, 0, 0));
        }
        assertThat(bench.state.fleet().member("a")).isEmpty();
        assertThat(bench.state.fleet().member("b")).isPresent();
        assertThat(bench.step().waiting()).isNotEmpty();
        bench.trainAll();
        assertThat(bench.last(Command.Contribute.class).workerId()).isEqualTo("b");
        assertThat(bench.last(Command.Contribute.class).attempts()).hasSize(4);
    }

    @Test
    void aWorkerTakenForLostIsAdmittedAgainWhenHeard() {
        bench.worker("a").samples(4);
        LedgerEntry old = bench.underWay("a").getFirst();
        bench.pass(Duration.ofSeconds(11));
        assertThat(bench.state.fleet().members()).isEmpty();
        bench.report(Bench.trained(old));
        Command.Admitted again = bench.last(Command.Admitted.class);
        assertThat(again.incarnation()).isEqualTo("a-1");
        assertThat(again.generation()).isEqualTo(2);
        assertThat(bench.state.fleet().ready()).isEmpty();
        assertThat(bench.records(JournalRecord.MicroBatchAccepted.class)).isEmpty();
    }

    @Test
    void whoMissedItsAdmissionIsAdmittedOnceMore() {
        bench.worker("a").samples(4);
        bench.pass(Duration.ofSeconds(11));
        bench.report(new Report.Heartbeat("a", 1, 0, 0));
        assertThat(bench.last(Command.Admitted.class).generation()).isEqualTo(2);
        assertThat(bench.report(new Report.Heartbeat("a", 1, 0, 0)).isEmpty()).isTrue();
        bench.pass(Duration.ofSeconds(11));
        assertThat(bench.state.fleet().members()).isEmpty();
        assertThat(bench.report(new Report.Contributed("a", 1, 1, 0, List.of(), List.of()))
                        .isEmpty())
                .isTrue();
        bench.report(new Report.Heartbeat("a", 1, 0, 0));
        assertThat(bench.last(Command.Admitted.class).incarnation()).isEqualTo("a-1");
        assertThat(bench.last(Command.Admitted.class).generation()).isEqualTo(3);
    }

    @Test
    void whoLeavesIsNotCalledBack() {
        bench.worker("a").samples(4);
        bench.report(new Report.Left("a", 1, "maintenance"));
        assertThat(bench.state.fleet().members()).isEmpty();
        assertThat(bench.step().waiting()).hasSize(4);
        assertThat(bench.report(new Report.Left("a", 1, "maintenance")).records())
                .isEmpty();
        assertThat(bench.report(new Report.Left("stranger", 1, "?")).records()).isEmpty();
    }

    @Test
    void aLoweredLineOutlivesTheGeneration() {
        bench.worker("a").samples(4);
        bench.report(Bench.failed(
                bench.underWay("a").getFirst(),
                dev.plimsoll.wire.protocol.FailureReason.OUT_OF_MEMORY));
        int lowered = bench.state.fleet().member("a").orElseThrow().maxTokens();
        bench.join("a", "a-2");
        assertThat(bench.state.fleet().member("a").orElseThrow().maxTokens()).isEqualTo(lowered);
    }

    @Test
    void theDepartedAreForgottenInTheEnd() {
        for (int i = 0; i < 260; i++) {
            bench.join("w" + i, "x");
            bench.report(new Report.Left("w" + i, i + 1, "bye"));
        }
        assertThat(bench.state.fleet().departed("w0")).isEmpty();
        assertThat(bench.state.fleet().departed("w259")).isPresent();
    }
}
