package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What strangers write into the topics of one run in three. Drawn apart from the others. */
final class ForeignFaults {
    private static final int[] STORMS = {4, 12, 40};
    static final List<FaultKind> KINDS = List.of(
            FaultKind.FOREIGN_IN_CONTROL,
            FaultKind.FOREIGN_IN_REPORTS,
            FaultKind.FOREIGN_IN_COMMANDS,
            FaultKind.FOREIGN_IN_TOKENIZED,
            FaultKind.FOREIGN_IN_REJECTED,
            FaultKind.FOREIGN_IN_JOURNAL,
            FaultKind.FOREIGN_IN_GRADIENTS,
            FaultKind.FOREIGN_IN_SUMS,
            FaultKind.FOREIGN_IN_ADAPTER);

    private ForeignFaults() {}

    static List<Fault> draw(long seed) {
        List<Fault> faults = new ArrayList<>();
        if (seed % 3 != 2) {
            return faults;
        }
        SplittableRandom random = new SplittableRandom(seed + 0xF0E1);
        int number = STORMS[random.nextInt(STORMS.length)];
        for (int i = 0; i < number; i++) {
            faults.add(new Fault(
                    random.nextInt(Scenario.CHAOTIC_ACTIONS),
                    KINDS.get(random.nextInt(KINDS.size())),
                    0,
                    0));
        }
        return faults;
    }

    static boolean areIn(Scenario scenario) {
        return scenario.faults().stream().anyMatch(fault -> KINDS.contains(fault.kind()));
    }

    /** The most sequences that strangers write. */
    static int sequences(Scenario scenario) {
        return (int) scenario.faults().stream()
                .filter(fault -> fault.kind() == FaultKind.FOREIGN_IN_TOKENIZED)
                .count();
    }
}
