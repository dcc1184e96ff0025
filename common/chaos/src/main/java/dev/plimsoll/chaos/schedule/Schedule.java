package dev.plimsoll.chaos.schedule;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Decides what is done to which process and when. It depends on the seed and the options alone, and
 * not on what happens. Two disturbances are 2 to 9 seconds apart. A process that was disturbed is
 * left alone for a while afterwards, and there are always 1 to 4 workers. The broker is never cut
 * off; its clients are, one at a time.
 */
public final class Schedule {

    public static final int MIN_WORKERS = 1;
    public static final int MAX_WORKERS = 4;

    private static final long FIRST_MILLIS = 5_000;
    private static final long MIN_GAP_MILLIS = 2_000;
    private static final long MAX_GAP_MILLIS = 9_000;
    /**
     * How long a process is left alone after it has come back. It may have just started, or still
     * be starting.
     */
    private static final long REST_MILLIS = 8_000;

    /**
     * The number of sides of the dice that decides what is done. Cuts have further sides, so that a
     * schedule without cuts is the same as before there were cuts.
     */
    private static final int SIDES = 20;

    private static final int CUT_SIDES = 10;
    /** Clients wait 30 s for an answer. Their requests fail in cuts that last longer than that. */
    private static final long MIN_LONG_CUT_MILLIS = 31_000;

    private static final long MAX_LONG_CUT_MILLIS = 40_000;
    private static final List<Disturbance.Kind> CUTS =
            List.of(Disturbance.Kind.CUT, Disturbance.Kind.MUTE, Disturbance.Kind.DEAFEN);

    /**
     * How often another process is drawn if the one drawn must be left alone. After so many draws
     * nothing is done at that time.
     */
    private static final int DRAWS = 10;

    private final SplittableRandom random;
    private final long leaseMillis;
    private final Set<ProcessKind> kinds;
    private final boolean cuts;
    private final TreeSet<Integer> workers = new TreeSet<>();
    private final Map<String, Long> busyUntil = new HashMap<>();

    private Schedule(long seed, int workers, Duration lease, Set<ProcessKind> kinds, boolean cuts) {
        this.random = new SplittableRandom(seed);
        this.leaseMillis = lease.toMillis();
        this.kinds = EnumSet.copyOf(kinds);
        this.cuts = cuts;
        for (int i = 1; i <= workers; i++) {
            this.workers.add(i);
        }
    }

    /**
     * Makes the schedule.
     *
     * @param workers how many workers there are at the beginning, named worker-1 to worker-n
     * @param kinds which processes are disturbed, at least one
     * @param cuts whether the network is cut too
     */
    public static List<Disturbance> of(
            long seed,
            Duration length,
            int workers,
            Duration lease,
            Set<ProcessKind> kinds,
            boolean cuts) {
        if (workers < MIN_WORKERS || workers > MAX_WORKERS) {
            throw new IllegalArgumentException("workers is " + workers + "; it must lie between "
                    + MIN_WORKERS + " and " + MAX_WORKERS);
        }
        return new Schedule(seed, workers, lease, kinds, cuts).until(length.toMillis());
    }

    private List<Disturbance> until(long endMillis) {
        List<Disturbance> disturbances = new ArrayList<>();
        for (long at = FIRST_MILLIS;
                at < endMillis;
                at += between(MIN_GAP_MILLIS, MAX_GAP_MILLIS)) {
            Disturbance disturbance = rested(at);
            if (disturbance != null) {
                busyUntil.put(disturbance.target(), at + disturbance.lastsMillis() + REST_MILLIS);
                count(disturbance);
                disturbances.add(disturbance);
            }
        }
        return List.copyOf(disturbances);
    }

    /** The next disturbance of a process that may be disturbed now, or null if there is none. */
    private Disturbance rested(long at) {
        for (int i = 0; i < DRAWS; i++) {
            Disturbance disturbance = next(at);
            if (busyUntil.getOrDefault(disturbance.target(), 0L) <= at) {
                return disturbance;
            }
        }
        return null;
    }

    private Disturbance next(long at) {
        ProcessKind kind = kind();
        int dice = random.nextInt(cuts ? SIDES + CUT_SIDES : SIDES);
        if (kind != ProcessKind.WORKER) {
            return hit(at, kind.process(), dice);
        }
        boolean add = dice == 0
                ? workers.size() < MAX_WORKERS
                : dice == 1 && workers.size() == MIN_WORKERS;
        if (add) {
            return new Disturbance(at, Disturbance.Kind.ADD, "worker-" + lowestFree(), 0);
        }
        String worker = "worker-" + List.copyOf(workers).get(random.nextInt(workers.size()));
        return dice < 2
                ? new Disturbance(at, Disturbance.Kind.REMOVE, worker, 0)
                : hit(at, worker, dice);
    }

    private Disturbance hit(long at, String target, int dice) {
        if (dice >= SIDES && !target.equals(ProcessKind.BROKER.process())) {
            return new Disturbance(at, CUTS.get(random.nextInt(CUTS.size())), target, cutMillis());
        }
        if (dice < 5) {
            return new Disturbance(
                    at, Disturbance.Kind.FREEZE, target, leaseMillis + between(1_000, 4_000));
        }
        Disturbance.Kind kind = dice < 7 ? Disturbance.Kind.LEAVE : Disturbance.Kind.KILL;
        return new Disturbance(at, kind, target, between(200, 2_500));
    }

    /**
     * A cut is as often shorter than the lease as longer, and sometimes longer than clients wait
     * for an answer.
     */
    private long cutMillis() {
        int dice = random.nextInt(20);
        if (dice < 3) {
            return between(MIN_LONG_CUT_MILLIS, MAX_LONG_CUT_MILLIS);
        }
        return dice % 2 == 0
                ? between(leaseMillis / 10, leaseMillis * 9 / 10)
                : leaseMillis + between(1_000, 4_000);
    }

    private void count(Disturbance disturbance) {
        if (disturbance.kind() == Disturbance.Kind.ADD) {
            workers.add(number(disturbance.target()));
        } else if (disturbance.kind() == Disturbance.Kind.REMOVE) {
            workers.remove(number(disturbance.target()));
        }
    }

    private ProcessKind kind() {
        int dice = random.nextInt(kinds.stream().mapToInt(ProcessKind::weight).sum());
        for (ProcessKind kind : kinds) {
            dice -= kind.weight();
            if (dice < 0) {
                return kind;
            }
        }
        throw new IllegalStateException("the weights of " + kinds + " do not add up");
    }

    private int lowestFree() {
        int free = 1;
        while (workers.contains(free)) {
            free++;
        }
        return free;
    }

    private long between(long fromMillis, long toMillis) {
        return random.nextLong(fromMillis, toMillis + 1);
    }

    private static int number(String worker) {
        return Integer.parseInt(worker.substring("worker-".length()));
    }
}
