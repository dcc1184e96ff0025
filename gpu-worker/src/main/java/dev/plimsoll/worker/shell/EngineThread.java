package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.protocol.MemoryMeasures;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The one platform thread that owns the engine: opens it, runs its jobs in the order they were
 * given, closes it (engine rule 3). A job that throws ends the process: failures that are expected
 * are values.
 */
final class EngineThread implements AutoCloseable {

    /** Not a queue that grows: the planner's credit is two, so few jobs ever wait. */
    private static final int MAX_JOBS = 1_024;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final LinkedBlockingQueue<Consumer<TrainingEngine>> jobs =
            new LinkedBlockingQueue<>(MAX_JOBS);
    private final Thread thread;
    private final CompletableFuture<EngineDevice> opened = new CompletableFuture<>();
    private final CompletableFuture<Throwable> broken = new CompletableFuture<>();
    private static final long MEASURE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private long measuredAt;
    private MemoryMeasures atRest = new MemoryMeasures(0, 0, 0, 0, 0, 0);
    private volatile MemoryMeasures memory = new MemoryMeasures(0, 0, 0, 0, 0, 0);
    private volatile long capBytes;
    private volatile int liveHandles;
    private volatile long pinnedBytes;
    private volatile boolean closing;

    EngineThread(Supplier<TrainingEngine> open) {
        thread = Thread.ofPlatform().name("engine").start(() -> run(open));
    }

    /**
     * Completes with the device once the engine is open; exceptionally when it cannot be opened.
     */
    CompletableFuture<EngineDevice> opened() {
        return opened;
    }

    /** Completes when a job threw: the thread has ended then. */
    CompletableFuture<Throwable> broken() {
        return broken;
    }

    /**
     * Any thread. Throws IllegalStateException when a thousand jobs wait: the engine must have
     * hung.
     */
    void submit(Consumer<TrainingEngine> job) {
        if (!jobs.offer(job)) {
            throw new IllegalStateException(
                    MAX_JOBS + " jobs wait for the engine; it does not seem to run any more");
        }
    }

    /** Of the card, for this worker, from the next rest on; 0: no cap. */
    void cap(long bytes) {
        capBytes = bytes;
    }

    /** As read after the last job. */
    MemoryMeasures memory() {
        return memory;
    }

    int liveHandles() {
        return liveHandles;
    }

    /** Host memory that the engine has pinned for the inputs of layers. */
    long pinnedBytes() {
        return pinnedBytes;
    }

    private void run(Supplier<TrainingEngine> open) {
        try (TrainingEngine engine = open.get()) {
            measureAtRest(engine);
            opened.complete(engine.device());
            while (!closing) {
                Consumer<TrainingEngine> job = jobs.poll(200, TimeUnit.MILLISECONDS);
                if (job != null) {
                    job.accept(engine);
                }
                measureAtRest(engine);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            opened.completeExceptionally(e);
            broken.complete(e);
        }
    }

    /**
     * For the engine's own thread, in the middle of a micro-batch: usedBytes stay those of the last
     * rest.
     */
    void measureWhenDue(TrainingEngine engine) {
        if (System.nanoTime() - measuredAt > MEASURE_NANOS) {
            measure(engine, false);
        }
    }

    /**
     * For the engine's own thread, between micro-batches. What is reserved above the line goes back
     * to the card.
     */
    void measureAtRest(TrainingEngine engine) {
        measure(engine, true);
        long keep = MemoryLine.keepBytes(atRest, memory, capBytes);
        atRest = memory;
        if (memory.budgetBytes() > 0 && memory.reservedBytes() > keep) {
            engine.meter().trim(keep);
            measure(engine, true);
        }
    }

    private void measure(TrainingEngine engine, boolean resting) {
        measuredAt = System.nanoTime();
        MemoryReading reading = engine.meter().read();
        memory = new MemoryMeasures(
                resting ? reading.usedBytes() : memory.usedBytes(),
                reading.peakBytes(),
                reading.reservedBytes(),
                reading.freeBytes(),
                reading.othersBytes(),
                reading.totalBytes());
        liveHandles = engine.liveHandles();
        pinnedBytes = engine.pinnedBytes();
    }

    /** Waits for the job under way, at most ten seconds; jobs that wait are not begun. */
    @Override
    public void close() {
        closing = true;
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
