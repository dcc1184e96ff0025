package dev.plimsoll.worker.shell;

import dev.plimsoll.wire.protocol.Report;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * What a worker says of itself to who asks by HTTP. Whether the engine gets on is not in it: the
 * coordinator's deadlines watch that, and a long micro-batch is no reason to kill a process.
 */
final class LifeSigns {

    /** The loop turns several times a second; the machine may be very busy. */
    private static final Duration MOST_BETWEEN_TURNS = Duration.ofSeconds(30);

    private volatile long turnedNanos = System.nanoTime();
    private volatile boolean ready;
    private volatile Consumer<Report> listener = _ -> {};

    /** The worker's loop is through with one turn. */
    void turned() {
        turnedNanos = System.nanoTime();
    }

    /** From now on it is told of every report that is sent, on the loop's thread. */
    void listen(Consumer<Report> to) {
        listener = to;
    }

    /**
     * With {@code Ready} a worker begins to take part, with a new {@code Joined} it begins anew.
     */
    void sent(Report report) {
        listener.accept(report);
        switch (report) {
            case Report.Ready _ -> ready = true;
            case Report.Joined _, Report.Draining _, Report.Left _ -> ready = false;
            case Report.MicroBatchTrained _,
                    Report.MicroBatchEvaluated _,
                    Report.MicroBatchFailed _,
                    Report.Contributed _,
                    Report.Heartbeat _,
                    Report.VersionHeld _,
                    Report.MemoryRead _,
                    Report.OfShard _ -> {}
        }
    }

    boolean isAlive() {
        return isAlive(System.nanoTime());
    }

    boolean isAlive(long nowNanos) {
        return nowNanos - turnedNanos < MOST_BETWEEN_TURNS.toNanos();
    }

    /** How long ago the loop was through with a turn. */
    double secondsSinceTurn() {
        return (System.nanoTime() - turnedNanos) / 1e9;
    }

    /** Admitted, with the adapter's state, and reading its lane. */
    boolean isReady() {
        return ready;
    }

    /** How long this process has lived, and what of the processors it has used. */
    static String age() {
        ProcessHandle.Info info = ProcessHandle.current().info();
        long millis = info.startInstant()
                .map(start -> Duration.between(start, Instant.now()).toMillis())
                .orElse(-1L);
        long cpuMillis = info.totalCpuDuration().map(Duration::toMillis).orElse(-1L);
        return millis + " ms after the process began, " + cpuMillis + " ms of CPU";
    }
}
