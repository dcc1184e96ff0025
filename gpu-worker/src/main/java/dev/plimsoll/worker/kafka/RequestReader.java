package dev.plimsoll.worker.kafka;

import org.apache.kafka.clients.consumer.Consumer;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Reads what it is asked for, one request after the other, on a thread of its own.
 *
 * @param <R> a request
 */
abstract class RequestReader<R> implements Runnable, AutoCloseable {

    private static final long LOOK_MILLIS = 200;

    private final Consumer<byte[], byte[]> consumer;
    private final BlockingQueue<R> requests = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    /** @param consumer closed when {@link #run} ends */
    RequestReader(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /** On the reader's thread. Is to end early when {@link #isClosed}. */
    abstract void answer(R request);

    /** On the reader's thread, when nothing is asked: takes a moment; false when idle. */
    boolean readAhead() {
        return false;
    }

    /** Any thread. */
    final void add(R request) {
        requests.add(request);
    }

    final boolean isClosed() {
        return closed;
    }

    /** Whether nothing waits behind the request that is answered. */
    final boolean isLast() {
        return requests.isEmpty();
    }

    @Override
    public void run() {
        try (consumer) {
            while (!closed) {
                boolean ahead = requests.isEmpty() && readAhead();
                R request = requests.poll(ahead ? 0 : LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (request != null) {
                    answer(request);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
