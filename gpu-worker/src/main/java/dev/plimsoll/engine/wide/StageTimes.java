package dev.plimsoll.engine.wide;

import java.util.List;

/**
 * What a card did in a micro-batch.
 *
 * @param passes in their order; the k-th forward one, and the k-th backward one, are of chunk k
 */
public record StageTimes(List<Pass> passes) {

    /** Micros since the card began with the micro-batch. */
    public record Pass(boolean forward, long startMicros, long endMicros) {
        long micros() {
            return endMicros - startMicros;
        }
    }

    public StageTimes {
        passes = List.copyOf(passes);
    }

    /** Busy with forward passes and the head. */
    public long forwardMicros() {
        return micros(true);
    }

    public long busyMicros() {
        return micros(true) + micros(false);
    }

    /** From the beginning of the micro-batch to the end of the card's last pass. */
    public long wholeMicros() {
        return passes.stream().mapToLong(Pass::endMicros).max().orElse(0);
    }

    private long micros(boolean forward) {
        return passes.stream()
                .filter(pass -> pass.forward() == forward)
                .mapToLong(Pass::micros)
                .sum();
    }

    /** The part of the time of all cards in which this one had nothing to do. */
    public double idlePart(List<StageTimes> all) {
        long whole = all.stream().mapToLong(StageTimes::wholeMicros).max().orElse(0);
        return whole == 0 ? 0 : 1 - (double) busyMicros() / whole;
    }
}
