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
 * Which faults come when: a function of the seed, and of nothing that happens. Between two lie 2 to
 * 9 seconds. A process is left alone for a while after it was given back, and there are always
 * between 1 and 4 workers. The broker is never cut off: its clients are, one by one.
 */
public final class Schedule {

    public static final int MIN_WORKERS = 1;
    public static final int MAX_WORKERS = 4;

    private static final long FIRST_MILLIS = 5_000;
    private static final long MIN_GAP_MILLIS = 2_000;
    private static final long MAX_GAP_MILLIS = 9_000;
    /**
     * From its return to the next fault of a process: it may have just started, or still be
     * starting.
     */
    private static final long REST_MILLIS = 8_000;

    /**
     * Of the dice that tells what happens; with cuts they are the sides on top, so that without all
     * is as it was.
     */
    private static final int SIDES = 20;

    private static final int CUT_SIDES = 10;
    /** From what clients wait for an answer (30 s) on, their requests fail. */
    private static final long MIN_LONG_CUT_MILLIS = 31_000;

    private static final long MAX_LONG_CUT_MILLIS = 40_000;
    private static final List<Disturbance.Kind> CUTS =
            List.of(Disturbance.Kind.CUT, Disturbance.Kind.MUTE, Disturbance.Kind.DEAFEN);

    /** Whoever is drawn and has no rest yet is passed over; after so many, the moment passes. */
    private static final int DRAWS = 10;

    private final SplittableRandom random;
    private final long leaseMillis;
    private final Set<ProcessKind> roles;
    private final boolean cuts;
    private final TreeSet<Integer> workers = new TreeSet<>();
    private final Map<String, Long> busyUntil = new HashMap<>();

    private Schedule(long seed, int workers, Duration lease, Set<ProcessKind> roles, boolean cuts) {
        this.random = new SplittableRandom(seed);
        this.leaseMillis = lease.toMillis();
        this.roles = EnumSet.copyOf(roles);
        this.cuts = cuts;
        for (int i = 1; i <= workers; i++) {
            this.workers.add(i);
        }
    }

    /**
     * @param workers at the beginning, named worker-1 to worker-n
     * @param roles that are hit, at least one
     * @param cuts whether the network is cut too
     */
    public static List<Disturbance> of(
            long seed,
            Duration length,
            int workers,
            Duration lease,
            Set<ProcessKind> roles,
            boolean cuts) {
        if (workers < MIN_WORKERS || workers > MAX_WORKERS) {
            throw new IllegalArgumentException("workers is " + workers + "; it must lie between "
                    + MIN_WORKERS + " and " + MAX_WORKERS);
        }
        return new Schedule(seed, workers, lease, roles, cuts).until(length.toMillis());
    }

    private List<Disturbance> until(long endMillis) {
        List<Disturbance> faults = new ArrayList<>();
        for (long at = FIRST_MILLIS;
                at < endMillis;
                at += between(MIN_GAP_MILLIS, MAX_GAP_MILLIS)) {
            Disturbance fault = rested(at);
            if (fault != null) {
                busyUntil.put(fault.target(), at + fault.lastsMillis() + REST_MILLIS);
                count(fault);
                faults.add(fault);
            }
        }
        return List.copyOf(faults);
    }

    /** Null where nobody is. */
    private Disturbance rested(long at) {
        for (int i = 0; i < DRAWS; i++) {
            Disturbance fault = next(at);
            if (busyUntil.getOrDefault(fault.target(), 0L) <= at) {
                return fault;
            }
        }
        return null;
    }

    private Disturbance next(long at) {
        ProcessKind role = role();
        int dice = random.nextInt(cuts ? SIDES + CUT_SIDES : SIDES);
        if (role != ProcessKind.WORKER) {
            return hit(at, role.process(), dice);
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
     * Shorter than the lease as often as longer, and now and then longer than any client's
     * patience.
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

    private void count(Disturbance fault) {
        if (fault.kind() == Disturbance.Kind.ADD) {
            workers.add(number(fault.target()));
        } else if (fault.kind() == Disturbance.Kind.REMOVE) {
            workers.remove(number(fault.target()));
        }
    }

    private ProcessKind role() {
        int dice = random.nextInt(roles.stream().mapToInt(ProcessKind::weight).sum());
        for (ProcessKind role : roles) {
            dice -= role.weight();
            if (dice < 0) {
                return role;
            }
        }
        throw new IllegalStateException("the weights of " + roles + " do not add up");
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
