package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What goes wrong while a version is evaluated, in the runs that evaluate. Drawn apart. */
final class EvaluationFaults {
    private static final FaultKind[] KINDS = {
        FaultKind.WORKER_DIES_EVALUATING,
        FaultKind.PLANNER_DIES_EVALUATING,
        FaultKind.OPERATOR_ROLLS_BACK_EVALUATING
    };
    private static final int MOST = 4;
    private static final int MOST_MILLIS = 4_000;

    private EvaluationFaults() {}

    static List<Fault> draw(long seed, int workers) {
        List<Fault> faults = new ArrayList<>();
        if (!SimEvaluations.areThere(seed)) {
            return faults;
        }
        SplittableRandom random = new SplittableRandom(seed + 0xE7A1);
        int number = random.nextInt(MOST);
        for (int i = 0; i < number; i++) {
            FaultKind kind = KINDS[random.nextInt(KINDS.length)];
            faults.add(new Fault(
                    random.nextInt(Scenario.CHAOTIC_ACTIONS / 2),
                    kind,
                    kind == FaultKind.WORKER_DIES_EVALUATING ? random.nextInt(workers) : 0,
                    random.nextInt(MOST_MILLIS)));
        }
        return faults;
    }
}
