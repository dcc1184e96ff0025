package dev.plimsoll.cli.fleetmodel;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long a step takes by the simulated fleet, for other simulations. Nothing is measured here.
 */
public final class StepTimes {

    private static final double BYTES_PER_GIGABIT = 1e9 / 8;
    private static final double MILLIS = 1e3;

    private final Calibration calibration = Calibration.defaults();
    private final int stepTokens;
    private final double linkBytesPerSecond;
    private final int brokers;
    private final Map<Integer, Double> exchange = new ConcurrentHashMap<>();

    /**
     * @param linkGigabits a second, of each host, each way
     * @param brokers that each record lies on
     */
    public StepTimes(int stepTokens, double linkGigabits, int brokers) {
        this.stepTokens = stepTokens;
        this.linkBytesPerSecond = linkGigabits * BYTES_PER_GIGABIT;
        this.brokers = brokers;
    }

    /** Of one worker while it computes. */
    public double tokensPerSecond() {
        return calibration.of(Parameter.ENGINE_TOKENS_PER_SECOND);
    }

    /** The time of a step in which a fleet of so many does not compute. */
    public double exchangeSeconds(int workers) {
        return exchange.computeIfAbsent(workers, this::simulated);
    }

    private double simulated(int workers) {
        int each = Math.max(1, stepTokens / workers);
        SimulatedStep step = FleetSimulation.of(
                new Scenario(workers, each, linkBytesPerSecond, brokers), calibration);
        return Math.max(0, step.periodMillis() / MILLIS - each / tokensPerSecond());
    }
}
