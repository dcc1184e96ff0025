package dev.plimsoll.worker.loop;

import java.time.Duration;

/** When the next sign of life is due, and the speed since the last one. Time is given to it. */
final class SignsOfLife {

    private static final Duration LONGEST = Duration.ofSeconds(1);
    /** Speeds over less time than this are not believed. */
    private static final double SHORTEST_SECONDS = 1e-3;

    private final long periodNanos;
    private long dueNanos;
    private long measuredNanos;
    private long tokens;

    /** Five signs of life a lease, and at least one a second; the first is due at once. */
    SignsOfLife(Duration lease, long nowNanos) {
        periodNanos = Math.min(lease.dividedBy(5).toNanos(), LONGEST.toNanos());
        dueNanos = nowNanos;
        measuredNanos = nowNanos;
    }

    long nanosToNext(long nowNanos) {
        return Math.max(0, dueNanos - nowNanos);
    }

    /** Whether one is due; if so, the next is due a period from now. */
    boolean takeDue(long nowNanos) {
        if (nowNanos - dueNanos < 0) {
            return false;
        }
        dueNanos = nowNanos + periodNanos;
        return true;
    }

    void trained(int count) {
        tokens += count;
    }

    /** Over the time since the last call. */
    double takeTokensPerSecond(long nowNanos) {
        double seconds = Math.max(SHORTEST_SECONDS, (nowNanos - measuredNanos) / 1e9);
        double speed = tokens / seconds;
        measuredNanos = nowNanos;
        tokens = 0;
        return speed;
    }
}
