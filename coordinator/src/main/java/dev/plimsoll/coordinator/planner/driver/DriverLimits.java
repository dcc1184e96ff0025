package dev.plimsoll.coordinator.planner.driver;

import java.time.Duration;

/**
 * How often a planner's process does what it does again and again.
 *
 * @param unjournaledInputs inputs that led to nothing are read again after a restart; beyond so
 *     many, their positions are journaled
 * @param tick between two looks at leases and deadlines
 * @param beat between two beats of the coordinator
 * @param finishCheck between two looks at how far ingest is, while a Finish is held
 */
public record DriverLimits(
        int unjournaledInputs,
        Duration tick,
        Duration beat,
        Duration finishCheck,
        SnapshotLimits snapshots) {

    private static final int UNJOURNALED_INPUTS = 2_000;
    private static final Duration MAX_TICK = Duration.ofMillis(250);
    /** Between two beats of a coordinator. */
    public static final Duration BEAT = Duration.ofMillis(500);

    private static final Duration FINISH_CHECK = Duration.ofMillis(100);
    private static final int TICKS_PER_LEASE = 10;

    /**
     * When a snapshot is written.
     *
     * @param records after so many journal records
     * @param maxRecords to find that a state is too large for a snapshot takes time in proportion
     *     to it; so each time it is, twice as many records are awaited, at most so many
     * @param maxBytes as it travels; a larger one is not written
     */
    public record SnapshotLimits(int records, int maxRecords, int maxBytes) {
        /** What a producer sends at most is a mebibyte. */
        public static final SnapshotLimits DEFAULT =
                new SnapshotLimits(2_000, 64 * 2_000, 900 * 1024);
    }

    /** Those of a real planner, whose workers have this lease. */
    public static DriverLimits of(Duration lease) {
        Duration part = lease.dividedBy(TICKS_PER_LEASE);
        return new DriverLimits(
                UNJOURNALED_INPUTS,
                part.compareTo(MAX_TICK) < 0 ? part : MAX_TICK,
                BEAT,
                FINISH_CHECK,
                SnapshotLimits.DEFAULT);
    }
}
