package dev.plimsoll.model.memory;

/**
 * What it cost not to know: the time of the last micro-batches against what the best measured plans
 * would have taken for them. Noise of single ones goes either way; a lasting regret says that
 * choices are wrong, or that plans are not as fast as when they were measured.
 *
 * @param bestMicros of the last hundred or so, added, as in {@code MicroBatchDispatched}
 * @param micros that they took
 */
public record Regret(double bestMicros, double micros) {

    public static final Regret NONE = new Regret(0, 0);

    /** A hundred micro-batches later, what one said counts a third. */
    private static final double KEPT = 0.99;

    /** The part of the time that was lost; 0 while no plan was measured, and at least 0. */
    public double part() {
        return micros > 0 ? Math.max(0, 1 - bestMicros / micros) : 0;
    }

    /** After a micro-batch. */
    public Regret with(long best, long took) {
        return best > 0 && took > 0
                ? new Regret(KEPT * bestMicros + best, KEPT * micros + took)
                : this;
    }

    /** Of both together. */
    public Regret plus(Regret other) {
        return new Regret(bestMicros + other.bestMicros, micros + other.micros);
    }
}
