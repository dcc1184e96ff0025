package dev.plimsoll.coordinator.planner.liveness;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.protocol.Report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * When each generation last made progress in its work, and since when its attempt is in work.
 * Volatile as {@link Liveness} is; immutable.
 */
final class WorkerProgress {
    private static final long NO_HEARTBEAT = -1;

    private final SortedMap<Long, Mark> marks;
    private final Ended ended;

    /** How many generations have ended while an attempt was in work, since the step opened. */
    private record Ended(long step, int generations) {
        static final Ended NONE = new Ended(-1, 0);

        Ended with(int more, PlannerState state) {
            long open = state.open().map(OpenStep::step).orElse(NONE.step);
            return open == step ? new Ended(step, generations + more) : new Ended(open, 0);
        }
    }

    /**
     * The last progress of a generation, its last heartbeat, with which the next one is compared,
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
                case Report.MicroBatchEvaluated evaluated ->
                    evaluated.attempt().attempt() == attempt ? idleAt(millis) : at(millis);
                case Report.MicroBatchFailed failed ->
                    failed.attempt().attempt() == attempt ? idleAt(millis) : at(millis);
                case Report.Contributed contributed -> at(millis);
                case Report.VersionHeld held -> at(millis);
            };
        }
    }

    private WorkerProgress(SortedMap<Long, Mark> marks, Ended ended) {
        this.marks = marks;
        this.ended = ended;
    }

    static WorkerProgress none() {
        return new WorkerProgress(new TreeMap<>(), Ended.NONE);
    }

    /** The time of every worker begins now. */
    WorkerProgress anew(long nowMillis) {
        SortedMap<Long, Mark> begun = new TreeMap<>(marks);
        begun.replaceAll((generation, mark) -> mark.anew(nowMillis));
        return new WorkerProgress(begun, ended);
    }

    /**
     * The state is the one before the inputs. A worker that owes nothing in it is given work now at
     * the earliest, so its time begins now.
     */
    WorkerProgress observe(PlannerState state, List<Input> inputs, long nowMillis) {
        SortedSet<Long> owing = OwedWork.generations(state);
        SortedMap<Long, Mark> observed = new TreeMap<>();
        for (Worker worker : state.fleet().workers()) {
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
        return new WorkerProgress(observed, ended.with((int) cutShort, state));
    }

    /** Since its last progress; 0 for a generation that was not observed. */
    long silentMillis(long generation, long nowMillis) {
        return Optional.ofNullable(marks.get(generation))
                .map(mark -> nowMillis - mark.sinceMillis())
                .orElse(0L);
    }

    /** The attempt that the last heartbeat named; empty before the first. */
    OptionalLong attempt(long generation) {
        Mark mark = marks.get(generation);
        return mark == null ? OptionalLong.empty() : OptionalLong.of(mark.attempt());
    }

    /** For how long that attempt is in work; the generation must have been observed. */
    long attemptMillis(long generation, long nowMillis) {
        return nowMillis - marks.get(generation).attemptMillis();
    }

    /** How many generations ended while an attempt of the open step was in work. */
    int endedInWork() {
        return ended.generations();
    }
}
