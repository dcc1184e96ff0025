package dev.plimsoll.cli.train;

import sun.misc.Signal;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ctrl-C in a run: while it starts, this process tells what is kept and ends; while it trains, the
 * first is a wish that the run is asked about. The second ends this process at once. The processes
 * that it started end with it.
 */
final class Interrupts {

    /** What a shell calls a program that Ctrl-C has ended. */
    private static final int EXIT_CODE = 130;

    private final AtomicInteger count = new AtomicInteger();

    private Interrupts() {}

    /** From now on Ctrl-C ends this process when {@code told} has said what there is to say. */
    static void tellAndEnd(Runnable told) {
        new Interrupts().handle(() -> {
            told.run();
            System.exit(EXIT_CODE);
        });
    }

    /** From now on Ctrl-C does not end this process at once. */
    static Interrupts take() {
        Interrupts interrupts = new Interrupts();
        interrupts.handle(() -> {});
        return interrupts;
    }

    private void handle(Runnable first) {
        Signal.handle(new Signal("INT"), _ -> {
            if (count.incrementAndGet() > 1) {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
            first.run();
        });
    }

    boolean asked() {
        return count.get() > 0;
    }
}
