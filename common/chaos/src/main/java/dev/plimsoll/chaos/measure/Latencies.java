package dev.plimsoll.chaos.measure;

import dev.plimsoll.chaos.measure.WorkerLifetimes.Life;
import dev.plimsoll.processes.ActionTime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * How long it takes until a worker that is started works, and until what a killed one held is with
 * others. Pure.
 */
public final class Latencies {

    private final List<Life> lives;
    private final Map<String, List<Long>> parts = new LinkedHashMap<>();

    private Latencies(List<Life> lives) {
        this.lives = lives;
    }

    /**
     * By the part's name, in the order of what happens. A start that was cut short counts for the
     * parts it reached.
     *
     * @param starts of workers' processes
     * @param kills of workers' processes
     */
    public static Map<String, DurationSummary> of(
            WorkerLifetimes lifetimes, List<ActionTime> starts, List<ActionTime> kills) {
        Latencies latencies = new Latencies(lifetimes.all());
        starts.forEach(start -> latencies.joined(start, next(starts, start)));
        kills.forEach(latencies::killed);
        Map<String, DurationSummary> spreads = new LinkedHashMap<>();
        latencies.parts.forEach((part, millis) -> spreads.put(part, DurationSummary.of(millis)));
        return spreads;
    }

    private void joined(ActionTime start, long untilMillis) {
        Optional<Life> found = lives.stream()
                .filter(life -> life.workerId.equals(start.process())
                        && life.admittedMillis >= start.atMillis()
                        && life.admittedMillis < untilMillis)
                .findFirst();
        part("join: start to admitted", found, _ -> start.atMillis(), life -> life.admittedMillis);
        part(
                "join: admitted to ready",
                found,
                life -> life.admittedMillis,
                life -> life.readyMillis);
        part(
                "join: ready to dispatched",
                found,
                life -> life.readyMillis,
                life -> life.dispatchedMillis);
        part(
                "join: dispatched to accepted",
                found,
                life -> life.dispatchedMillis,
                life -> life.acceptedMillis);
        part(
                "join: start to dispatched",
                found,
                _ -> start.atMillis(),
                life -> life.dispatchedMillis);
        part("join: start to accepted", found, _ -> start.atMillis(), life -> life.acceptedMillis);
    }

    private void killed(ActionTime kill) {
        Optional<Life> found = lives.stream()
                .filter(life -> life.workerId.equals(kill.process())
                        && life.admittedMillis <= kill.atMillis()
                        && life.lostMillis > kill.atMillis())
                .findFirst();
        part("kill: kill to lost", found, _ -> kill.atMillis(), life -> life.lostMillis);
        Optional<Life> held = found.filter(Life::allRedispatched);
        part(
                "kill: lost to first dispatched again",
                held,
                life -> life.lostMillis,
                life -> life.firstRedispatchMillis);
        part(
                "kill: lost to all dispatched again",
                held,
                life -> life.lostMillis,
                life -> life.lastRedispatchMillis);
        part(
                "kill: kill to all dispatched again",
                held,
                _ -> kill.atMillis(),
                life -> life.lastRedispatchMillis);
    }

    private void part(
            String name, Optional<Life> life, ToLongFunction<Life> from, ToLongFunction<Life> to) {
        List<Long> millis = parts.computeIfAbsent(name, _ -> new ArrayList<>());
        life.filter(l -> from.applyAsLong(l) != WorkerLifetimes.NEVER
                        && to.applyAsLong(l) != WorkerLifetimes.NEVER)
                .ifPresent(l -> millis.add(to.applyAsLong(l) - from.applyAsLong(l)));
    }

    private static long next(List<ActionTime> starts, ActionTime start) {
        return starts.stream()
                .filter(other -> other.process().equals(start.process())
                        && other.atMillis() > start.atMillis())
                .mapToLong(ActionTime::atMillis)
                .min()
                .orElse(Long.MAX_VALUE);
    }
}
