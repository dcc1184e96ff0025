package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.SumOnArrival;

import java.util.Optional;
import java.util.SplittableRandom;

/** A shard's tail of the gradients: some records now and then. */
final class SimArrivals {
    private final SimGradientReader gradients;
    private final SplittableRandom random;
    private Optional<SumOnArrival> sum = Optional.empty();
    private long offset;
    private boolean justRead;

    SimArrivals(SimGradientReader gradients, SplittableRandom random) {
        this.gradients = gradients;
        this.random = random;
    }

    void follow(SumOnArrival next, long from) {
        sum = Optional.of(next);
        offset = from;
    }

    /** What was fed with something. */
    Optional<SumOnArrival> act() {
        return sum.filter(is -> is.wantsMore() && feed(is, offset + random.nextInt(6)));
    }

    void readTo(SumOnArrival wanted, long to) {
        feed(wanted, to);
        sum = Optional.empty();
        justRead = true;
    }

    /** Whether what is read next is read again. */
    boolean takeJustRead() {
        boolean is = justRead;
        justRead = false;
        return is;
    }

    private boolean feed(SumOnArrival fed, long to) {
        long before = offset;
        offset = gradients.read(fed, offset, to);
        return offset > before;
    }
}
