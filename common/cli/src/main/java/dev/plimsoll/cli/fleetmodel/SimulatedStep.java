package dev.plimsoll.cli.fleetmodel;

import java.util.EnumMap;
import java.util.Map;

/**
 * The mean step of a simulated fleet.
 *
 * @param millis of each part; they add up to the period
 * @param ratio of the product's tokens a second to those of as many engines alone
 */
record SimulatedStep(double periodMillis, double ratio, Map<Part, Double> millis) {
    SimulatedStep {
        millis = new EnumMap<>(millis);
    }
}
