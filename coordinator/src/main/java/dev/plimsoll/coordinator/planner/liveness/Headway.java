package dev.plimsoll.coordinator.planner.liveness;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAsked;
import dev.plimsoll.wire.protocol.Report;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * When each generation last got on with its work. A lease only proves that a process lives: its
 * engine may hang, or it may never have read the command, while it sends heartbeats for ever.
 * Volatile as {@link Liveness} is; immutable.
 *
 * <p>Who owes nothing is not measured: its time begins with the work. So a worker that is not ready
 * is left out, for nothing is dispatched to it, and it may take as long as it likes to load a
 * model.
 */
public final class Headway {
    /**
     * One layer forward or backward is a second or so where it is slow; a broker may stall for half
     * a minute.
     */
    static final Duration LEAST_DEADLINE = Duration.ofSeconds(60);

    /**
     * Heartbeats come several times a lease; a deadline of few leases would be decided by lost
     * ones.
     */
    static final int LEASES = 6;

    /**
     * A micro-batch that takes so many times its forecast is given to others, if they have nothing
     * else to do.
     */
    static final int STRAGGLER_FACTOR = 8;

    static final Duration LEAST_STRAGGLER = Duration.ofSeconds(5);

    /** Bounds a limit that doubles. */
    private static final int MOST_DOUBLINGS = 16;

    private static final long NO_HEARTBEAT = -1;

    private final SortedMap<Long, Mark> marks;
    private final Ended ended;

    /** How many generations have ended in the midst of an attempt since the step opened. */
    private record Ended(long step, int generations) {
        static final Ended NONE = new Ended(-1, 0);

        Ended with(int more, PlannerState state) {
            long open = state.open().map(OpenStep::step).orElse(NONE.step);
            return open == step ? new Ended(step, generations + more) : new Ended(open, 0);
        }
    }

    /**
     * The last headway of a generation, the last heartbeat, with which the next one is compared,
     * and since when its attempt is in work.
     */
    private record Mark(long sinceMillis, long attempt, int layersDone, long attemptMillis) {
        Mark at(long millis) {
            return new Mark(millis, attempt, layersDone, attemptMillis);
        }

        Mark anew(long millis) {
            return new Mark(millis, attempt, layersDone, millis);
        }

        Mark idleAt(long millis) {
            return new Mark(millis, NO_HEARTBEAT, 0, millis);
        }

        Mark after(Report.OfGeneration report, long millis) {
            return switch (report) {
                case Report.Heartbeat beat
                when beat.attempt() != attempt || beat.layersDone() != layersDone ->
                    new Mark(
                            millis,
                            beat.attempt(),
                            beat.layersDone(),
                            beat.attempt() == attempt ? attemptMillis : millis);
                case Report.Heartbeat same -> this;
                case Report.MemoryRead read -> this;
                case Report.Left left -> this;
                case Report.Draining draining -> this;
                case Report.Ready ready -> at(millis);
                case Report.MicroBatchTrained trained ->
                    trained.attempt().attempt() == attempt ? idleAt(millis) : at(millis);
                case Report.MicroBatchFailed failed ->
                    failed.attempt().attempt() == attempt ? idleAt(millis) : at(millis);
                case Report.Contributed contributed -> at(millis);
            };
        }
    }

    /**
     * A worker that has work and does not get on with it; the note says with which, and for how
     * long.
     */
    public record Stalled(Worker worker, String note) {}

    private Headway(SortedMap<Long, Mark> marks, Ended ended) {
        this.marks = marks;
        this.ended = ended;
    }

    static Headway none() {
        return new Headway(new TreeMap<>(), Ended.NONE);
    }

    static Duration deadline(Duration lease) {
        Duration leases = lease.multipliedBy(LEASES);
        return leases.compareTo(LEAST_DEADLINE) > 0 ? leases : LEAST_DEADLINE;
    }

    /** Everybody's time begins now. */
    Headway anew(long nowMillis) {
        SortedMap<Long, Mark> begun = new TreeMap<>(marks);
        begun.replaceAll((generation, mark) -> mark.anew(nowMillis));
        return new Headway(begun, ended);
    }

    /**
     * The state is the one before the inputs: who owes nothing in it can have been given work now
     * at the earliest.
     */
    Headway observe(PlannerState state, List<Input> inputs, long nowMillis) {
        SortedSet<Long> owing = owing(state);
        SortedMap<Long, Mark> observed = new TreeMap<>();
        for (Worker worker : state.fleet().members()) {
            long generation = worker.generation();
            Mark before =
                    marks.getOrDefault(generation, new Mark(nowMillis, NO_HEARTBEAT, 0, nowMillis));
            observed.put(generation, owing.contains(generation) ? before : before.at(nowMillis));
        }
        for (Input input : inputs) {
            if (input instanceof Input.Reported(Report.OfGeneration report)) {
                observed.computeIfPresent(
                        report.generation(), (generation, mark) -> mark.after(report, nowMillis));
            }
        }
        long cutShort = marks.entrySet().stream()
                .filter(mark ->
                        mark.getValue().attempt() > 0 && !observed.containsKey(mark.getKey()))
                .count();
        return new Headway(observed, ended.with((int) cutShort, state));
    }

    List<Stalled> stalled(PlannerState state, long nowMillis) {
        Duration deadline = deadline(state.run().fleet().lease());
        SortedSet<Long> owing = owing(state);
        return state.fleet().members().stream()
                .filter(worker -> owing.contains(worker.generation()))
                .filter(worker -> silentMillis(worker, nowMillis) > deadline.toMillis())
                .map(worker -> new Stalled(
                        worker,
                        "no progress in " + owed(state, worker.generation()) + " for "
                                + silentMillis(worker, nowMillis) / 1_000 + " s; the deadline is "
                                + deadline.toSeconds() + " s"))
                .toList();
    }

    /**
     * Who holds the step up: its attempt takes many times what was forecast for it, nothing else
     * waits, and another worker that it may go to has nothing to do. At most one at a time. The
     * limit doubles with every generation that ended in the midst of an attempt of this step: the
     * next one may be no faster, and what is taken from each in turn would never end.
     */
    Optional<Stalled> straggling(PlannerState state, Loading loading, long nowMillis) {
        boolean allUnderWay = state.open()
                .filter(step ->
                        step.waiting().isEmpty() && step.phase() instanceof StepPhase.Training)
                .isPresent();
        if (!allUnderWay || state.progress().paused()) {
            return Optional.empty();
        }
        SortedSet<Long> owing = owing(state);
        List<String> idle = state.fleet().ready().stream()
                .filter(worker -> !owing.contains(worker.generation()))
                .map(Worker::workerId)
                .toList();
        return state.fleet().members().stream()
                .flatMap(worker -> attempt(state, worker).stream()
                        .filter(entry -> mayGoTo(idle, state, entry))
                        .flatMap(entry ->
                                straggling(state, worker, entry, loading, nowMillis).stream()))
                .findFirst();
    }

    /** The one in work, as far as its heartbeats say. */
    private Optional<LedgerEntry> attempt(PlannerState state, Worker worker) {
        return Optional.ofNullable(marks.get(worker.generation()))
                .flatMap(mark -> state.ledger().entry(mark.attempt()))
                .filter(entry -> entry.status() == Status.DISPATCHED
                        && entry.isOf(worker.workerId(), worker.generation()));
    }

    private static boolean mayGoTo(List<String> idle, PlannerState state, LedgerEntry entry) {
        OpenStep step = state.open().orElseThrow();
        return idle.stream()
                .anyMatch(workerId -> entry.ordinals().stream()
                        .noneMatch(ordinal ->
                                step.trouble(ordinal).unfitWorkers().contains(workerId)));
    }

    private Optional<Stalled> straggling(
            PlannerState state, Worker worker, LedgerEntry entry, Loading loading, long nowMillis) {
        long elapsed = nowMillis - marks.get(worker.generation()).attemptMillis();
        long expected = expectedMillis(state, worker, loading, entry);
        long limit = Math.max(STRAGGLER_FACTOR * expected, LEAST_STRAGGLER.toMillis())
                << Math.min(ended.generations(), MOST_DOUBLINGS);
        return expected > 0 && elapsed > limit
                ? Optional.of(new Stalled(
                        worker,
                        "attempt " + entry.attempt().attempt() + " takes " + elapsed
                                + " ms instead of " + expected
                                + " and holds up the step, and others have nothing to do"))
                : Optional.empty();
    }

    private static long expectedMillis(
            PlannerState state, Worker worker, Loading loading, LedgerEntry entry) {
        int tokens = state.open().orElseThrow().tokens(entry.ordinals());
        return state.speed(worker).expectedMicros(tokens * loading.cost(entry.plan())) / 1_000;
    }

    private long silentMillis(Worker worker, long nowMillis) {
        return Optional.ofNullable(marks.get(worker.generation()))
                .map(mark -> nowMillis - mark.sinceMillis())
                .orElse(0L);
    }

    /**
     * The generations that have an attempt to end or a contribution to make. One pass: it is asked
     * at every poll.
     */
    private static SortedSet<Long> owing(PlannerState state) {
        SortedSet<Long> owing = new TreeSet<>();
        state.ledger().entries().stream()
                .filter(entry -> entry.status() == Status.DISPATCHED)
                .forEach(entry -> owing.add(entry.generation()));
        state.contributions().asked().forEach(asked -> owing.add(asked.generation()));
        return owing;
    }

    /**
     * Oldest first, as the worker takes them. An attempt and a contribution are never owed at once.
     */
    private static String owed(PlannerState state, long generation) {
        return state.ledger().with(Status.DISPATCHED).stream()
                .filter(entry -> entry.generation() == generation)
                .findFirst()
                .map(entry -> "attempt " + entry.attempt().attempt())
                .orElseGet(() -> "contribution "
                        + state.contributions().asked().stream()
                                .filter(asked -> asked.generation() == generation)
                                .mapToLong(ContributionAsked::contribution)
                                .min()
                                .orElseThrow());
    }
}
