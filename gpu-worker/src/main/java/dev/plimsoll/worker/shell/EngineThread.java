package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.EngineCard;
import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.protocol.MemoryMeasures;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

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

    private static final MemoryMeasures NOTHING = new MemoryMeasures(0, 0, 0, 0, 0, 0);

    private volatile List<EngineCard> cards = List.of();
    private long measuredAt;
    /** Of each card, at the rest before. */
    private List<MemoryMeasures> atRest = List.of();

    private List<MemoryMeasures> each = List.of();
    private volatile MemoryMeasures memory = NOTHING;
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

    /** The engine's cards, once it is {@link #opened}. */
    List<EngineCard> cards() {
        return cards;
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

    /** Of each card, for this worker, from the next rest on; 0: no cap. */
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

    /** Host memory that the engine has pinned for what layers leave there. */
    long pinnedBytes() {
        return pinnedBytes;
    }

    private void run(Supplier<TrainingEngine> open) {
        try (TrainingEngine engine = open.get()) {
            cards = engine.cards();
            atRest = Collections.nCopies(cards.size(), NOTHING);
            each = atRest;
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
     * For the engine's own threads, in the middle of a micro-batch: usedBytes stay those of the
     * last rest.
     */
    synchronized void measureWhenDue(TrainingEngine engine) {
        if (System.nanoTime() - measuredAt > MEASURE_NANOS) {
            measure(engine, false);
        }
    }

    /**
     * For the engine's own thread, between micro-batches. What is reserved on a card above its line
     * goes back to the card.
     */
    synchronized void measureAtRest(TrainingEngine engine) {
        measure(engine, true);
        List<MemoryMeasures> before = atRest;
        atRest = each;
        boolean trimmed = false;
        for (int card = 0; card < cards.size(); card++) {
            MemoryMeasures has = each.get(card);
            long keep = MemoryLine.keepBytes(before.get(card), has, capBytes);
            if (has.budgetBytes() > 0 && has.reservedBytes() > keep) {
                cards.get(card).meter().trim(keep);
                trimmed = true;
            }
        }
        if (trimmed) {
            measure(engine, true);
        }
    }

    private void measure(TrainingEngine engine, boolean resting) {
        measuredAt = System.nanoTime();
        List<MemoryMeasures> before = each;
        each = IntStream.range(0, cards.size())
                .mapToObj(card -> read(cards.get(card).meter(), before.get(card), resting))
                .toList();
        memory = MemoryMeasures.of(each);
        // in the middle of a micro-batch one of several cards' own threads is here: an engine that
        // asks all of its cards would wait for it
        if (resting || cards.size() == 1) {
            liveHandles = engine.liveHandles();
            pinnedBytes = engine.pinnedBytes();
        }
    }

    private static MemoryMeasures read(GpuMeter meter, MemoryMeasures before, boolean resting) {
        MemoryReading reading = meter.read();
        return new MemoryMeasures(
                resting ? reading.usedBytes() : before.usedBytes(),
                reading.peakBytes(),
                reading.reservedBytes(),
                reading.freeBytes(),
                reading.othersBytes(),
                reading.totalBytes());
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
