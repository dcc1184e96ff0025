package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a scenario that fails smaller, while it still fails: not by itself the same failure, but
 * one.
 */
final class Shrinker {
    private static final int MAX_RUNS = 600;

    private int runs;

    private Shrinker() {}

    /** What a scenario fails with; empty when it does not. */
    static Optional<Throwable> failure(Scenario scenario) {
        try {
            new Simulation(scenario, false).run();
            return Optional.empty();
        } catch (AssertionError | RuntimeException e) {
            return Optional.of(e);
        }
    }

    static Scenario smallest(Scenario failing) {
        Shrinker shrinker = new Shrinker();
        Scenario before;
        Scenario smaller = failing;
        do {
            before = smaller;
            smaller = shrinker.fewerFaults(shrinker.lessOfAll(before));
        } while (!smaller.equals(before));
        return smaller;
    }

    /** Halves, quarters, ... of the faults are taken away, down to each. */
    private Scenario fewerFaults(Scenario failing) {
        Scenario best = failing;
        for (int size = Math.max(1, best.faults().size() / 2); size >= 1; size /= 2) {
            for (int from = 0; from < best.faults().size(); ) {
                List<Fault> rest = new ArrayList<>(best.faults());
                rest.subList(from, Math.min(rest.size(), from + size)).clear();
                Scenario smaller = best.withFaults(rest);
                if (fails(smaller)) {
                    best = smaller;
                } else {
                    from += size;
                }
            }
        }
        return best;
    }

    private Scenario lessOfAll(Scenario failing) {
        Scenario best = failing;
        for (int samples = best.shards();
                samples < best.samples();
                samples = Math.min(best.samples(), samples * 2)) {
            best = orElse(best.withSize(samples, best.workers(), best.shards()), best);
        }
        for (int workers = 1; workers < best.workers(); workers++) {
            best = orElse(best.withSize(best.samples(), workers, best.shards()), best);
        }
        for (int shards = 1; shards < best.shards(); shards++) {
            best = orElse(best.withSize(best.samples(), best.workers(), shards), best);
        }
        return best;
    }

    private Scenario orElse(Scenario smaller, Scenario failing) {
        return fails(smaller) ? smaller : failing;
    }

    private boolean fails(Scenario scenario) {
        return runs++ < MAX_RUNS && failure(scenario).isPresent();
    }
}
