package dev.plimsoll.coordinator.planner.liveness;

import dev.plimsoll.coordinator.planner.state.PlannerState;

import java.time.Duration;
import java.util.List;
import java.util.SortedSet;

/**
 * Finds workers that have work and make no progress in it. A lease proves only that a process
 * lives: its engine may hang, or it may never have read the command, while it goes on sending
 * heartbeats.
 *
 * <p>A worker without work has no deadline: its time begins with the work. So a worker that is not
 * ready has none either, for nothing is dispatched to it, and it may take as long as it likes to
 * load a model.
 */
final class ProgressDeadlines {
    /**
     * One layer forward or backward takes a second or so where it is slow; a broker may stall for
     * half a minute.
     */
    static final Duration LEAST_DEADLINE = Duration.ofSeconds(60);

    /**
     * Heartbeats come several times a lease. A deadline of few leases would be missed because some
     * of them were lost.
     */
    static final int LEASES = 6;

    private ProgressDeadlines() {}

    static Duration deadline(Duration lease) {
        Duration leases = lease.multipliedBy(LEASES);
        return leases.compareTo(LEAST_DEADLINE) > 0 ? leases : LEAST_DEADLINE;
    }

    static List<StalledWorker> missed(WorkerProgress progress, PlannerState state, long nowMillis) {
        Duration deadline = deadline(state.run().fleet().lease());
        SortedSet<Long> owing = OwedWork.generations(state);
        return state.fleet().workers().stream()
                .filter(worker -> owing.contains(worker.generation()))
                .filter(worker ->
                        progress.silentMillis(worker.generation(), nowMillis) > deadline.toMillis())
                .map(worker -> new StalledWorker(
                        worker,
                        "no progress in " + OwedWork.first(state, worker.generation()) + " for "
                                + progress.silentMillis(worker.generation(), nowMillis) / 1_000
                                + " s; the deadline is " + deadline.toSeconds() + " s"))
                .toList();
    }
}
