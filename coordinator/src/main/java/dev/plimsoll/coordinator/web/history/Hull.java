package dev.plimsoll.coordinator.web.history;

import dev.plimsoll.wire.protocol.MemoryMeasures;

import java.util.List;

/** A device's memory over the last minutes. One writer. */
public final class Hull {

    static final int MOST_POINTS = 300;

    /** Points of one such time are made one, with the deepest of each. */
    static final long EACH_MILLIS = 2_000;

    private final Latest<Point> points = new Latest<>(MOST_POINTS);
    private Point growing;

    /**
     * Bytes at a time.
     *
     * @param lineBytes the most that live tensors may reach
     * @param forecastBytes what the deepest micro-batch under way is expected to reach; 0 when none
     *     is
     */
    public record Point(
            long atMillis,
            long usedBytes,
            long peakBytes,
            long reservedBytes,
            long othersBytes,
            long lineBytes,
            long forecastBytes,
            double tokensPerSecond) {

        /** At the same time, the deeper of the two; the line is that of the later. */
        Point and(Point later) {
            return new Point(
                    atMillis,
                    Math.max(usedBytes, later.usedBytes),
                    Math.max(peakBytes, later.peakBytes),
                    Math.max(reservedBytes, later.reservedBytes),
                    Math.max(othersBytes, later.othersBytes),
                    later.lineBytes,
                    Math.max(forecastBytes, later.forecastBytes),
                    later.tokensPerSecond);
        }
    }

    /** @param lineBytes as the planner says; 0: the budget is the line */
    public synchronized void measure(
            long atMillis,
            MemoryMeasures memory,
            long lineBytes,
            long forecastBytes,
            double tokensPerSecond) {
        Point now = new Point(
                atMillis,
                memory.usedBytes(),
                memory.peakBytes(),
                memory.reservedBytes(),
                memory.othersBytes(),
                lineBytes > 0 ? lineBytes : memory.budgetBytes(),
                forecastBytes,
                tokensPerSecond);
        if (growing == null) {
            growing = now;
        } else if (atMillis - growing.atMillis() < EACH_MILLIS) {
            growing = growing.and(now);
        } else {
            points.add(growing);
            growing = now;
        }
    }

    /** Those that grow no more. */
    public Latest.News<Point> since(long seen) {
        return points.since(seen);
    }

    public List<Point> all() {
        return points.last(MOST_POINTS);
    }
}
