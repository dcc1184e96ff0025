package dev.plimsoll.worker.shell;

import dev.plimsoll.wire.protocol.Telemetry;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** When the next sign of life is due, and the speed since the last one. */
final class Heartbeat {

    private static final Duration LONGEST = Duration.ofSeconds(1);

    private final long periodNanos;
    private final AtomicLong tokens = new AtomicLong();
    private long dueNanos = System.nanoTime();
    private long measuredNanos = System.nanoTime();

    /** Five signs of life a lease, and at least one a second. */
    Heartbeat(Duration lease) {
        periodNanos = Math.min(lease.dividedBy(5).toNanos(), LONGEST.toNanos());
    }

    long millisToNext(long nowNanos) {
        return Math.max(0, (dueNanos - nowNanos) / 1_000_000);
    }

    boolean isDue(long nowNanos) {
        if (nowNanos < dueNanos) {
            return false;
        }
        dueNanos = nowNanos + periodNanos;
        return true;
    }

    /** Any thread. */
    void trained(int count) {
        tokens.addAndGet(count);
    }

    Telemetry measure(String workerId, long generation, EngineThread engine) {
        long now = System.nanoTime();
        double seconds = Math.max(1e-3, (now - measuredNanos) / 1e9);
        measuredNanos = now;
        return new Telemetry.WorkerMeasured(
                workerId,
                generation,
                tokens.getAndSet(0) / seconds,
                engine.liveHandles(),
                engine.memory());
    }
}
