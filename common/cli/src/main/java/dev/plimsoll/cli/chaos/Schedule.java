package dev.plimsoll.cli.chaos;

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
 * Which faults come when: a function of the seed, and of nothing that happens. Between two lie 2 to 9 seconds. A process
 * is left alone for a while after it was given back, and there are always between 1 and 4 workers.
 */
final class Schedule {

    static final int MIN_WORKERS = 1;
    static final int MAX_WORKERS = 4;

    private static final long FIRST_MILLIS = 5_000;
    private static final long MIN_GAP_MILLIS = 2_000;
    private static final long MAX_GAP_MILLIS = 9_000;
    /** From its return to the next fault of a process: it may have just started, or still be starting. */
    private static final long REST_MILLIS = 8_000;

    /** Whoever is drawn and has no rest yet is passed over; after so many, the moment passes. */
    private static final int DRAWS = 10;

    private final SplittableRandom random;
    private final long leaseMillis;
    private final Set<Role> roles;
    private final TreeSet<Integer> workers = new TreeSet<>();
    private final Map<String, Long> busyUntil = new HashMap<>();

    private Schedule(long seed, int workers, Duration lease, Set<Role> roles) {
        this.random = new SplittableRandom(seed);
        this.leaseMillis = lease.toMillis();
        this.roles = EnumSet.copyOf(roles);
        for (int i = 1; i <= workers; i++) {
            this.workers.add(i);
        }
    }

    /**
     * @param workers at the beginning, named worker-1 to worker-n
     * @param roles that are hit, at least one
     */
    static List<Fault> of(long seed, Duration length, int workers, Duration lease, Set<Role> roles) {
        if (workers < MIN_WORKERS || workers > MAX_WORKERS) {
            throw new IllegalArgumentException(
                    "workers is " + workers + "; it must lie between " + MIN_WORKERS + " and " + MAX_WORKERS);
        }
        return new Schedule(seed, workers, lease, roles).until(length.toMillis());
    }

    private List<Fault> until(long endMillis) {
        List<Fault> faults = new ArrayList<>();
        for (long at = FIRST_MILLIS; at < endMillis; at += between(MIN_GAP_MILLIS, MAX_GAP_MILLIS)) {
            Fault fault = rested(at);
            if (fault != null) {
                busyUntil.put(fault.target(), at + fault.lastsMillis() + REST_MILLIS);
                count(fault);
                faults.add(fault);
            }
        }
        return List.copyOf(faults);
    }

    /** Null where nobody is. */
    private Fault rested(long at) {
        for (int i = 0; i < DRAWS; i++) {
            Fault fault = next(at);
            if (busyUntil.getOrDefault(fault.target(), 0L) <= at) {
                return fault;
            }
        }
        return null;
    }

    private Fault next(long at) {
        Role role = role();
        int dice = random.nextInt(20);
        if (role != Role.WORKER) {
            return hit(at, role.process(), dice);
        }
        boolean add = dice == 0 ? workers.size() < MAX_WORKERS : dice == 1 && workers.size() == MIN_WORKERS;
        if (add) {
            return new Fault(at, Fault.Kind.ADD, "worker-" + lowestFree(), 0);
        }
        String worker = "worker-" + List.copyOf(workers).get(random.nextInt(workers.size()));
        return dice < 2 ? new Fault(at, Fault.Kind.REMOVE, worker, 0) : hit(at, worker, dice);
    }

    private Fault hit(long at, String target, int dice) {
        if (dice < 5) {
            return new Fault(at, Fault.Kind.FREEZE, target, leaseMillis + between(1_000, 4_000));
        }
        Fault.Kind kind = dice < 7 ? Fault.Kind.LEAVE : Fault.Kind.KILL;
        return new Fault(at, kind, target, between(200, 2_500));
    }

    private void count(Fault fault) {
        if (fault.kind() == Fault.Kind.ADD) {
            workers.add(number(fault.target()));
        } else if (fault.kind() == Fault.Kind.REMOVE) {
            workers.remove(number(fault.target()));
        }
    }

    private Role role() {
        int dice = random.nextInt(roles.stream().mapToInt(Role::weight).sum());
        for (Role role : roles) {
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
