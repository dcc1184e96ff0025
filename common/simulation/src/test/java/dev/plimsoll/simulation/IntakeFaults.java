package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What goes wrong before samples reach the planner; drawn apart, so that the other faults keep
 * their numbers.
 */
final class IntakeFaults {
    private static final int[] STORMS = {0, 3, 8, 16};
    /** As often as they are named. */
    private static final FaultKind[] KINDS = {
        FaultKind.SUBMITTER_SENDS_TWICE,
        FaultKind.SUBMITTER_SENDS_AGAIN_LATER,
        FaultKind.SUBMITTER_SENDS_AGAIN_LATER,
        FaultKind.SUBMITTER_STARTS_OVER,
        FaultKind.INGEST_DIES,
        FaultKind.INGEST_DIES,
        FaultKind.INGEST_PAUSES,
        FaultKind.INGEST_TRANSACTION_ABORTS,
        FaultKind.INGEST_TRANSACTION_ABORTS,
        FaultKind.INGEST_COMMIT_IS_AMBIGUOUS,
        FaultKind.INGEST_COMMIT_IS_AMBIGUOUS,
        FaultKind.INGEST_IS_REPLACED,
        FaultKind.INGEST_IS_REPLACED,
        FaultKind.INGEST_READS_AGAIN,
        FaultKind.INGEST_OFFSETS_EXPIRE,
        FaultKind.REJECTED_IS_HELD_BACK,
        FaultKind.REJECTED_IS_HELD_BACK,
        FaultKind.SAMPLES_ARE_DELETED
    };

    private IntakeFaults() {}

    static List<Fault> draw(long seed) {
        SplittableRandom random = new SplittableRandom(~seed);
        List<Fault> faults = new ArrayList<>();
        int storm = STORMS[random.nextInt(STORMS.length)];
        for (int i = 0; i < storm; i++) {
            FaultKind kind = KINDS[random.nextInt(KINDS.length)];
            int target = kind == FaultKind.SAMPLES_ARE_DELETED
                    ? random.nextInt(SimIntakeTopics.PARTITIONS)
                    : 0;
            int millis = switch (kind) {
                case INGEST_DIES -> random.nextInt(4_000);
                case SUBMITTER_SENDS_AGAIN_LATER -> 500 + random.nextInt(8_000);
                default -> kind.lasts() ? 100 + random.nextInt(8_000) : 0;
            };
            faults.add(new Fault(random.nextInt(Scenario.CHAOTIC_ACTIONS), kind, target, millis));
        }
        return faults;
    }
}
