package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A run, completely: the same scenario takes the same course. Every actor has random numbers of its
 * own, so that taking a fault, a worker or a sample away leaves the others much as they were.
 */
record Scenario(long seed, Plant plant, int samples, int workers, int shards, List<Fault> faults) {
    /** While faults happen: 25 s or so. */
    static final int CHAOTIC_ACTIONS = 2_500;

    private static final int[] STORMS = {2, 8, 25, 70};

    Scenario {
        faults = List.copyOf(faults);
    }

    static Scenario of(long seed, Plant plant) {
        SplittableRandom random = new SplittableRandom(seed);
        int samples = 10 + random.nextInt(40);
        // one that is alone goes ahead
        int workers = random.nextInt(5) < 2 ? 1 : 1 + random.nextInt(4);
        int shards = 1 + random.nextInt(3);
        int storm = STORMS[random.nextInt(STORMS.length)];
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < storm; i++) {
            faults.add(fault(random, workers, shards));
        }
        faults.add(new Fault(
                random.nextInt(CHAOTIC_ACTIONS / 2),
                FaultKind.SHARD_DIES_FAR_FROM_ITS_STATE,
                random.nextInt(shards),
                0));
        faults.addAll(IntakeFaults.draw(seed));
        faults.addAll(SourceFaults.draw(seed));
        faults.addAll(EvaluationFaults.draw(seed, workers));
        faults.addAll(WorkerRequestFaults.draw(seed));
        faults.addAll(ForeignFaults.draw(seed));
        faults.sort(Comparator.comparingInt(Fault::atAction));
        return new Scenario(seed, plant, samples, workers, shards, faults);
    }

    /** Many small steps, and states that are written seldom: shards fall far behind. */
    boolean isLong() {
        return seed % 10 == 7;
    }

    Scenario withFaults(List<Fault> others) {
        return new Scenario(seed, plant, samples, workers, shards, others);
    }

    Scenario withSize(int fewerSamples, int fewerWorkers, int fewerShards) {
        return new Scenario(seed, plant, fewerSamples, fewerWorkers, fewerShards, faults);
    }

    private static Fault fault(SplittableRandom random, int workers, int shards) {
        FaultKind kind = kind(random);
        int target = random.nextInt(kind.name().startsWith("SHARD") ? shards : workers);
        int millis = switch (kind) {
            case WORKER_DIES, WORKER_DIES_AHEAD, WORKER_LEAVES -> random.nextInt(6_000);
            case WORKER_IS_CUT_OFF_CONTRIBUTING -> 1_000 + random.nextInt(6_000);
            case CLOCK_JUMPS -> random.nextInt(60_000) - 15_000;
            case BROKER_IS_DOWN -> 200 + random.nextInt(6_000);
            default -> kind.lasts() ? 100 + random.nextInt(8_000) : 0;
        };
        return new Fault(random.nextInt(CHAOTIC_ACTIONS), kind, target, millis);
    }

    private static FaultKind kind(SplittableRandom random) {
        FaultKind[] kinds = FaultKind.values();
        int at = random.nextInt(
                Arrays.stream(kinds).mapToInt(kind -> kind.weight).sum());
        int index = 0;
        while (at >= kinds[index].weight) {
            at -= kinds[index++].weight;
        }
        return kinds[index];
    }
}
