package dev.plimsoll.chaos.measure;

import java.util.Collection;
import java.util.List;

/**
 * Of so many durations the median, the 99th percentile (nearest rank) and the longest; all 0 of
 * none.
 */
public record DurationSummary(int count, long p50Millis, long p99Millis, long maxMillis) {

    public static DurationSummary of(Collection<Long> millis) {
        if (millis.isEmpty()) {
            return new DurationSummary(0, 0, 0, 0);
        }
        List<Long> sorted = millis.stream().sorted().toList();
        return new DurationSummary(
                sorted.size(), rank(sorted, 50), rank(sorted, 99), sorted.getLast());
    }

    /** The smallest value that at least so many percent do not exceed. */
    private static long rank(List<Long> sorted, int percent) {
        return sorted.get(Math.max(0, Math.ceilDiv(sorted.size() * percent, 100) - 1));
    }
}
