package dev.plimsoll.cli.fleetmodel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A fleet of the table.
 *
 * @param replicas brokers, each on a host of its own, that each record lies on
 * @param linkGigabits a second, of each host, each way
 */
record SimulatedFleet(
        int replicas, int tokensPerWorker, double linkGigabits, int workers, SimulatedStep step) {

    private static final double BYTES_PER_GIGABIT = 1e9 / 8;

    /** All combinations, in the order in which they are given. */
    static List<SimulatedFleet> all(
            List<Integer> replicas,
            List<Integer> tokens,
            List<Double> gigabits,
            List<Integer> workers,
            Calibration calibration) {
        List<SimulatedFleet> fleets = new ArrayList<>();
        for (int brokers : replicas) {
            for (int perWorker : tokens) {
                for (double link : gigabits) {
                    for (int count : workers) {
                        Scenario scenario =
                                new Scenario(count, perWorker, link * BYTES_PER_GIGABIT, brokers);
                        fleets.add(new SimulatedFleet(
                                brokers,
                                perWorker,
                                link,
                                count,
                                FleetSimulation.of(scenario, calibration)));
                    }
                }
            }
        }
        return fleets;
    }

    static String text(double gigabits) {
        return gigabits == Math.rint(gigabits)
                ? String.format(Locale.ROOT, "%.0f", gigabits)
                : Double.toString(gigabits);
    }
}
