package dev.plimsoll.coordinator.planner.driver;

import dev.plimsoll.coordinator.planner.driver.DriverLimits.SnapshotLimits;

/** When a snapshot is due: after so many records, and after more of them while it is too large. */
final class SnapshotRule {
    private final SnapshotLimits limits;
    private int sinceSnapshot;
    private int records;

    /** @param sinceSnapshot records in the journal after the last snapshot */
    SnapshotRule(SnapshotLimits limits, int sinceSnapshot) {
        this.limits = limits;
        this.sinceSnapshot = sinceSnapshot;
        this.records = limits.records();
    }

    void journaled(int more) {
        sinceSnapshot += more;
    }

    boolean isDue() {
        return sinceSnapshot >= records;
    }

    boolean isTooLarge(int bytes) {
        return bytes > limits.maxBytes();
    }

    int maxBytes() {
        return limits.maxBytes();
    }

    void written() {
        sinceSnapshot = 0;
        records = limits.records();
    }

    void refused() {
        sinceSnapshot = 0;
        records = Math.min(2 * records, limits.maxRecords());
    }
}
