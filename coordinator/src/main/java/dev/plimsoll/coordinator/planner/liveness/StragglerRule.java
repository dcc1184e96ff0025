package dev.plimsoll.coordinator.planner.liveness;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.Timed;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Finds the worker that holds the step up: its attempt takes many times what was forecast for it,
 * no other sequence waits, and another worker that could take the attempt has nothing to do. At
 * most one at a time.
 *
 * <p>The limit doubles with every generation that ended while an attempt of this step was in work.
 * The next worker may be no faster, and an attempt that is taken from one after the other would
 * never end.
 */
final class StragglerRule {
    /** An attempt may take so many times its forecast. */
    static final int FACTOR = 8;

    static final Duration LEAST_LIMIT = Duration.ofSeconds(5);

    /** Bounds a limit that doubles. */
    private static final int MOST_DOUBLINGS = 16;

    private final PlannerState state;
    private final WorkerProgress progress;
    private final Loading loading;
    private final long nowMillis;

    StragglerRule(PlannerState state, WorkerProgress progress, Loading loading, long nowMillis) {
        this.state = state;
        this.progress = progress;
        this.loading = loading;
        this.nowMillis = nowMillis;
    }

    Optional<StalledWorker> straggler() {
        boolean allUnderWay = state.inWork()
                .map(StepWork::step)
                .filter(step ->
                        step.waiting().isEmpty() && step.phase() instanceof StepPhase.Training)
                .isPresent();
        if (!allUnderWay || state.status().paused()) {
            return Optional.empty();
        }
        SortedSet<Long> owing = OwedWork.generations(state);
        List<String> idle = state.fleet().ready().stream()
                .filter(worker -> !owing.contains(worker.generation()))
                .map(Worker::workerId)
                .toList();
        return state.fleet().workers().stream()
                .flatMap(worker -> inWork(worker).stream()
                        .filter(entry -> mayGoTo(idle, entry))
                        .flatMap(entry -> straggling(worker, entry).stream()))
                .findFirst();
    }

    /** The worker's attempt that is in work, as far as its heartbeats say. */
    private Optional<LedgerEntry> inWork(Worker worker) {
        return progress.attempt(worker.generation()).stream()
                .boxed()
                .flatMap(attempt -> state.ledger().entry(attempt).stream())
                .filter(entry -> entry.status() == Status.DISPATCHED
                        && entry.isOf(worker.workerId(), worker.generation()))
                .findFirst();
    }

    private boolean mayGoTo(List<String> idle, LedgerEntry entry) {
        OpenStep step = state.inWork().orElseThrow().step();
        return idle.stream()
                .anyMatch(workerId -> entry.ordinals().stream()
                        .noneMatch(ordinal ->
                                step.retryLimits(ordinal).unfitWorkers().contains(workerId)));
    }

    private Optional<StalledWorker> straggling(Worker worker, LedgerEntry entry) {
        long elapsed = progress.attemptMillis(worker.generation(), nowMillis);
        long expected = expectedMillis(worker, entry);
        long limit = Math.max(FACTOR * expected, LEAST_LIMIT.toMillis())
                << Math.min(progress.endedInWork(), MOST_DOUBLINGS);
        return expected > 0 && elapsed > limit
                ? Optional.of(new StalledWorker(
                        worker,
                        "attempt " + entry.attempt().attempt() + " takes " + elapsed
                                + " ms instead of " + expected
                                + " and holds up the step, and others have nothing to do"))
                : Optional.empty();
    }

    private long expectedMillis(Worker worker, LedgerEntry entry) {
        List<Integer> lengths = state.inWork().orElseThrow().step().lengths(entry.ordinals());
        Timed timed = loading.timed(worker.device(), lengths, entry.plan());
        return state.speed(worker).expectedMicros(timed.plan(), timed.cost(), timed.lengths())
                / 1_000;
    }
}
