package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What operators ask of workers, in one seed of four. Drawn apart from the others. */
final class WorkerRequestFaults {
    private static final int ONE_IN = 4;
    private static final int MOST = 10;

    private WorkerRequestFaults() {}

    static List<Fault> draw(long seed) {
        List<Fault> faults = new ArrayList<>();
        if (seed % ONE_IN != 1) {
            return faults;
        }
        SplittableRandom random = new SplittableRandom(seed + 0xD8A1);
        int number = 1 + random.nextInt(MOST);
        for (int i = 0; i < number; i++) {
            FaultKind kind = random.nextInt(3) == 0
                    ? FaultKind.OPERATOR_DRAINS_WORKER
                    : FaultKind.OPERATOR_CAPS_MEMORY;
            faults.add(new Fault(random.nextInt(Scenario.CHAOTIC_ACTIONS), kind, 0, 0));
        }
        return faults;
    }
}
