package dev.plimsoll.engine.wide;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The thread that a card belongs to. Whatever is asked of the card runs there, in order. */
final class CardThread implements AutoCloseable {

    private final ExecutorService executor;

    CardThread(int card) {
        executor = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon(true).name("engine-card-" + card).factory());
    }

    <T> Future<T> begin(Callable<T> task) {
        return executor.submit(task);
    }

    <T> T call(Callable<T> task) {
        return end(begin(task));
    }

    /** Waits, even where this thread is interrupted; throws what the task threw. */
    static <T> T end(Future<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw new IllegalStateException(e.getCause());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What was begun is still done. */
    @Override
    public void close() {
        executor.shutdown();
    }
}
