package dev.plimsoll.cli.intake;

import java.util.List;

/**
 * How many samples a producer has sent after so long: rates that change from phase to phase, and
 * begin again after the last. Pure.
 *
 * @param perSecond the mean rate
 * @param phaseSeconds how long each phase lasts
 */
record StreamRates(double perSecond, double phaseSeconds) {

    /**
     * Of the mean rate; their mean is 1. In one phase nothing comes, in one three times as much.
     */
    private static final List<Double> PHASES =
            List.of(0.4, 1.2, 0.1, 3.0, 0.0, 0.8, 2.0, 0.2, 1.6, 0.7);

    /** After so many seconds. */
    long sentAfter(double seconds) {
        double phases = Math.max(0, seconds) / phaseSeconds;
        long whole = (long) phases;
        double units = whole / PHASES.size() * (double) PHASES.size();
        for (int i = 0; i < whole % PHASES.size(); i++) {
            units += PHASES.get(i);
        }
        units += (phases - whole) * PHASES.get((int) (whole % PHASES.size()));
        return (long) (units * phaseSeconds * perSecond);
    }
}
