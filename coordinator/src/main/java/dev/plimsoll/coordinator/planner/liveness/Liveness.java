package dev.plimsoll.coordinator.planner.liveness;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.state.Backlog;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.protocol.Report;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What depends on the clock: when each worker was last heard and last made progress, and since when
 * a sequence or a shard waits. Not journaled: after a restart every worker gets a full lease and
 * deadline from the moment the planner has caught up with its inputs (protocol rule 12). Immutable.
 *
 * <p>The shell calls {@link #observe} with the inputs before it lets the planner decide on them,
 * and {@link #caughtUp} once it has read every input to the end it captured when it resumed.
 */
public final class Liveness {
    private static final long NEVER = Long.MIN_VALUE;

    private final SortedMap<Long, Long> heardMillis;
    private final boolean caughtUp;
    private final long observedMillis;
    private final Waiting waiting;
    private final WorkerProgress progress;
    private final RereadSchedule rereads;

    /** The first sequence of the backlog, and since when it is that. */
    private record Waiting(OptionalLong ordinal, long sinceMillis) {
        Waiting observe(OptionalLong first, long nowMillis) {
            return first.equals(ordinal) && nowMillis >= sinceMillis
                    ? this
                    : new Waiting(first, nowMillis);
        }
    }

    private Liveness(
            SortedMap<Long, Long> heardMillis,
            boolean caughtUp,
            long observedMillis,
            Waiting waiting,
            WorkerProgress progress,
            RereadSchedule rereads) {
        this.heardMillis = heardMillis;
        this.caughtUp = caughtUp;
        this.observedMillis = observedMillis;
        this.waiting = waiting;
        this.progress = progress;
        this.rereads = rereads;
    }

    /** Of a planner that has just started or resumed: nobody's lease can expire. */
    public static Liveness resuming() {
        Waiting nothing = new Waiting(OptionalLong.empty(), NEVER);
        return new Liveness(
                new TreeMap<>(),
                false,
                NEVER,
                nothing,
                WorkerProgress.none(),
                RereadSchedule.resuming());
    }

    /** The inputs as they were at the start are read: leases and deadlines count from now. */
    public Liveness caughtUp(long nowMillis) {
        SortedMap<Long, Long> heard = new TreeMap<>(heardMillis);
        heard.replaceAll((generation, millis) -> nowMillis);
        return new Liveness(heard, true, nowMillis, waiting, progress.anew(nowMillis), rereads);
    }

    /**
     * Takes note of who is heard in the inputs, and who makes progress. When the planner itself has
     * been away for more than half a lease, or the clock was set back, silence proves nothing, and
     * all leases and deadlines begin anew.
     */
    public Liveness observe(PlannerState state, List<Input> inputs, long nowMillis) {
        long leaseMillis = state.run().fleet().lease().toMillis();
        boolean away = observedMillis == NEVER
                || nowMillis < observedMillis
                || nowMillis - observedMillis > leaseMillis / 2;
        SortedMap<Long, Long> heard = new TreeMap<>();
        for (Worker worker : state.fleet().workers()) {
            Long before = heardMillis.get(worker.generation());
            heard.put(worker.generation(), before == null || away ? nowMillis : before);
        }
        for (Input input : inputs) {
            if (input instanceof Input.Reported(Report.OfGeneration report)) {
                heard.computeIfPresent(report.generation(), (generation, millis) -> nowMillis);
            }
        }
        return new Liveness(
                heard,
                caughtUp,
                nowMillis,
                waiting.observe(state.backlog().firstOrdinal(), nowMillis),
                (away ? progress.anew(nowMillis) : progress).observe(state, inputs, nowMillis),
                rereads.observe(inputs, nowMillis));
    }

    /** The workers not heard for longer than the lease. */
    public List<Worker> expired(Collection<Worker> workers, Duration lease, long nowMillis) {
        return caughtUp
                ? workers.stream()
                        .filter(worker ->
                                nowMillis - heardMillis.getOrDefault(worker.generation(), nowMillis)
                                        > lease.toMillis())
                        .toList()
                : List.of();
    }

    /**
     * The workers that are heard, have work, and have made no progress in it for longer than the
     * deadline.
     */
    public List<StalledWorker> stalled(PlannerState state, long nowMillis) {
        return caughtUp ? ProgressDeadlines.missed(progress, state, nowMillis) : List.of();
    }

    /** The worker whose attempt takes many times its forecast while others have nothing to do. */
    public Optional<StalledWorker> straggling(PlannerState state, Loading loading, long nowMillis) {
        return caughtUp
                ? new StragglerRule(state, progress, loading, nowMillis).straggler()
                : Optional.empty();
    }

    public RereadSchedule rereads() {
        return rereads;
    }

    /** Whether the first sequence of the backlog has waited for the linger. */
    public boolean lingered(Backlog backlog, Duration linger, long nowMillis) {
        return linger.isPositive()
                && caughtUp
                && backlog.firstOrdinal().isPresent()
                && backlog.firstOrdinal().equals(waiting.ordinal())
                && nowMillis - waiting.sinceMillis() >= linger.toMillis();
    }
}
