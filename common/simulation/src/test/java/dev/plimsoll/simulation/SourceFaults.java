package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What operators ask of sources, in the runs that have several. Drawn apart from the others. */
final class SourceFaults {
    private static final FaultKind[] KINDS = {
        FaultKind.OPERATOR_ADDS_SOURCE,
        FaultKind.OPERATOR_ADDS_SOURCE,
        FaultKind.OPERATOR_PAUSES_SOURCE,
        FaultKind.OPERATOR_PAUSES_SOURCE,
        FaultKind.OPERATOR_PAUSES_SOURCE,
        FaultKind.OPERATOR_RESUMES_SOURCE,
        FaultKind.OPERATOR_RESUMES_SOURCE,
        FaultKind.OPERATOR_REMOVES_SOURCE,
        FaultKind.OPERATOR_WEIGHS_SOURCE,
        FaultKind.OPERATOR_WEIGHS_SOURCE
    };
    private static final int MOST = 14;

    private SourceFaults() {}

    static List<Fault> draw(long seed) {
        List<Fault> faults = new ArrayList<>();
        if (!SimSources.areSeveral(seed)) {
            return faults;
        }
        SplittableRandom random = new SplittableRandom(seed + 0x50FA);
        int number = random.nextInt(MOST);
        for (int i = 0; i < number; i++) {
            faults.add(new Fault(
                    random.nextInt(Scenario.CHAOTIC_ACTIONS),
                    KINDS[random.nextInt(KINDS.length)],
                    0,
                    0));
        }
        if (random.nextBoolean()) {
            faults.addAll(backWithSources(random));
        }
        return faults;
    }

    /** What was trained when it is gone back is not what came first. */
    private static List<Fault> backWithSources(SplittableRandom random) {
        return List.of(
                between(random, 0, 200, FaultKind.OPERATOR_ADDS_SOURCE),
                between(random, 0, 200, FaultKind.OPERATOR_ADDS_SOURCE),
                between(random, 200, 600, FaultKind.OPERATOR_PAUSES_SOURCE),
                between(random, 800, 1_500, FaultKind.OPERATOR_ASKS_FOR_CHECKPOINT),
                between(random, 800, 1_500, FaultKind.OPERATOR_ASKS_FOR_CHECKPOINT),
                between(random, 1_700, 2_100, FaultKind.OPERATOR_ROLLS_BACK),
                between(random, 2_100, 2_400, FaultKind.OPERATOR_ROLLS_BACK));
    }

    private static Fault between(SplittableRandom random, int from, int to, FaultKind kind) {
        return new Fault(from + random.nextInt(to - from), kind, 0, 0);
    }
}
