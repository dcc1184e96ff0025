package dev.plimsoll.coordinator.web.live;

import java.util.Map;

/**
 * What a page has been sent: how many of each kind.
 *
 * @param hulls by worker
 */
record LiveCursor(
        long steps,
        long happenings,
        long openings,
        long microBatches,
        long times,
        long evaluations,
        long rollbacks,
        long rejected,
        Map<String, Long> hulls) {

    /** Of one that has nothing. */
    static final LiveCursor START = new LiveCursor(0, 0, 0, 0, 0, 0, 0, 0, Map.of());
}
