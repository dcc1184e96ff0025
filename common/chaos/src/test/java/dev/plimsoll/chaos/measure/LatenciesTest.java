package dev.plimsoll.chaos.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.processes.ActionTime;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;

class LatenciesTest {

    private final WorkerLifetimes lifetimes = new WorkerLifetimes();

    @Test
    void aStartIsFollowedToItsFirstAcceptedMicroBatch() {
        admitted(1_000, "worker-1", 1);
        ready(1_100, "worker-1", 1);
        dispatched(1_250, 10, "worker-1", 1, 5L, 6L);
        accepted(1_650, 10);
        dispatched(1_700, 11, "worker-1", 1, 7L);
        assertThat(of(List.of(new ActionTime("worker-1", 400)), List.of()))
                .containsEntry("join: start to admitted", one(600))
                .containsEntry("join: admitted to ready", one(100))
                .containsEntry("join: ready to dispatched", one(150))
                .containsEntry("join: dispatched to accepted", one(400))
                .containsEntry("join: start to dispatched", one(850))
                .containsEntry("join: start to accepted", one(1_250));
    }

    @Test
    void aStartThatWasCutShortCountsForWhatItReached() {
        admitted(1_000, "worker-1", 1);
        admitted(3_000, "worker-1", 2);
        ready(3_500, "worker-1", 2);
        Map<String, DurationSummary> found = of(
                List.of(new ActionTime("worker-1", 400), new ActionTime("worker-1", 2_000)),
                List.of());
        assertThat(found)
                .containsEntry("join: start to admitted", new DurationSummary(2, 600, 1_000, 1_000))
                .containsEntry("join: admitted to ready", one(500))
                .containsEntry("join: start to accepted", new DurationSummary(0, 0, 0, 0));
    }

    @Test
    void aKillIsFollowedUntilAllThatWasHeldIsDispatchedAgain() {
        admitted(0, "worker-1", 1);
        admitted(0, "worker-2", 2);
        dispatched(100, 10, "worker-1", 1, 5L, 6L);
        accepted(200, 10);
        dispatched(300, 11, "worker-1", 1, 7L);
        lost(4_000, "worker-1", 1);
        dispatched(4_050, 12, "worker-2", 2, 5L, 7L);
        dispatched(4_600, 13, "worker-2", 2, 6L);
        assertThat(of(List.of(), List.of(new ActionTime("worker-1", 1_000))))
                .containsEntry("kill: kill to lost", one(3_000))
                .containsEntry("kill: lost to first dispatched again", one(50))
                .containsEntry("kill: lost to all dispatched again", one(600))
                .containsEntry("kill: kill to all dispatched again", one(3_600));
    }

    @Test
    void whatIsContributedReturnedOrCommittedIsNotHeld() {
        admitted(0, "worker-1", 1);
        dispatched(100, 10, "worker-1", 1, 5L);
        lifetimes.take(150, new JournalRecord.ContributionAsked(3, "worker-1", 1, 0, List.of(10L)));
        lifetimes.take(
                160,
                new JournalRecord.ContributionAccepted(
                        new ContributionRef(3, "worker-1", 1, List.of(10L), List.of())));
        dispatched(200, 11, "worker-1", 1, 6L);
        lifetimes.take(
                250,
                new JournalRecord.MicroBatchReturned(
                        new Attempt(11, 0), FailureReason.RECALLED, "", 0));
        dispatched(300, 12, "worker-1", 1, 7L);
        lifetimes.take(350, new JournalRecord.StepCommitted(0, 1, 1, Optional.empty()));
        lost(4_000, "worker-1", 1);
        assertThat(lifetimes.all().getFirst().held).isZero();
        assertThat(of(List.of(), List.of(new ActionTime("worker-1", 1_000))))
                .containsEntry("kill: kill to lost", one(3_000))
                .containsEntry(
                        "kill: kill to all dispatched again", new DurationSummary(0, 0, 0, 0));
    }

    @Test
    void whatIsUndoneIsNotHeld() {
        admitted(0, "worker-1", 1);
        lifetimes.take(100, dispatched(10, 4));
        lifetimes.take(110, dispatched(11, 5));
        lifetimes.take(120, new JournalRecord.StepsUndone(4, "contribution 3 is void"));
        lost(4_000, "worker-1", 1);
        assertThat(lifetimes.all().getFirst().held).isEqualTo(1);
    }

    private static JournalRecord dispatched(long attempt, long step) {
        return new JournalRecord.MicroBatchDispatched(
                new Attempt(attempt, step),
                "worker-1",
                1,
                List.of(attempt),
                new MemoryPlan(0, 512, 0));
    }

    @Test
    void aKillOfAWorkerThatWasNotAdmittedIsFollowedByNothing() {
        admitted(5_000, "worker-1", 1);
        lost(9_000, "worker-1", 1);
        assertThat(of(List.of(), List.of(new ActionTime("worker-1", 1_000))))
                .containsEntry("kill: kill to lost", new DurationSummary(0, 0, 0, 0));
    }

    @Test
    void aJournalWithoutItsBeginningIsRefused() {
        assertThatThrownBy(() -> ready(1, "worker-1", 9))
                .hasMessageContaining("generation 9 was never admitted");
    }

    private Map<String, DurationSummary> of(List<ActionTime> starts, List<ActionTime> kills) {
        return Latencies.of(lifetimes, starts, kills);
    }

    private void admitted(long at, String worker, long generation) {
        WorkerDevice device = new WorkerDevice("cpu", "a cpu", "fp32", 0);
        lifetimes.take(
                at,
                new JournalRecord.WorkerAdmitted(worker, "i" + generation, 1, generation, device));
    }

    private void ready(long at, String worker, long generation) {
        lifetimes.take(at, new JournalRecord.WorkerReady(worker, generation));
    }

    private void lost(long at, String worker, long generation) {
        lifetimes.take(at, new JournalRecord.WorkerLost(worker, generation, "silent"));
    }

    private void dispatched(
            long at, long attempt, String worker, long generation, Long... ordinals) {
        lifetimes.take(
                at,
                new JournalRecord.MicroBatchDispatched(
                        new Attempt(attempt, 0),
                        worker,
                        generation,
                        List.of(ordinals),
                        new MemoryPlan(0, 512, 0)));
    }

    private void accepted(long at, long attempt) {
        lifetimes.take(at, new JournalRecord.MicroBatchAccepted(new Attempt(attempt, 0), 1.0, 1));
    }

    private static DurationSummary one(long millis) {
        return new DurationSummary(1, millis, millis, millis);
    }
}
