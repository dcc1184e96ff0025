package dev.plimsoll.cli.train;

import sun.misc.Signal;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ctrl-C while a run trains: the first is a wish that the run is asked about, the second ends this
 * process at once. The processes that it started end with it.
 */
final class Interrupts {

    /** What a shell calls a program that Ctrl-C has ended. */
    private static final int EXIT_CODE = 130;

    private final AtomicInteger count = new AtomicInteger();

    /** From now on Ctrl-C does not end this process at once. */
    static Interrupts take() {
        Interrupts interrupts = new Interrupts();
        Signal.handle(new Signal("INT"), _ -> {
            if (interrupts.count.incrementAndGet() > 1) {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        });
        return interrupts;
    }

    boolean asked() {
        return count.get() > 0;
    }
}
