package dev.plimsoll.engine.wide;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Ends the waiting of all cards of a micro-batch when one of them has failed. */
final class Halt {

    private static final long LOOK_MILLIS = 20;

    /** Another card has failed. */
    static final class Halted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Halted() {
            super("another card has failed");
        }
    }

    private volatile boolean called;

    void call() {
        called = true;
    }

    /** The next of a queue; {@link Halted} where it will not come any more. */
    <T> T next(BlockingQueue<T> queue) {
        try {
            while (true) {
                T next = queue.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (next != null) {
                    return next;
                }
                if (called) {
                    throw new Halted();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a micro-batch was trained", e);
        }
    }
}
