package dev.plimsoll.cli.fleetmodel;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * What both kinds of fleet have in common: time, streams, and the tally of the parts of a step.
 * Times come from the calibration; the same scenario always takes the same time.
 */
abstract class FleetSimulation {

    private static final int WARM_UP_STEPS = 8;
    /** Two rounds of written states at the default. */
    private static final int MEASURED_STEPS = 64;

    private static final long SEED = 20_261_129;
    private static final double MOST_DEVIATIONS = 3;

    protected final Scenario scenario;
    protected final FleetLinks links;
    protected final SimulatedTime time;
    private final Calibration calibration;
    private final FluidNetwork network = new FluidNetwork();
    private final Random random = new Random(SEED);
    private final Map<Part, Double> seconds = new EnumMap<>(Part.class);
    private double partBeganSeconds;
    private int steps;
    private int committed;
    private boolean writingState;
    private double measuredFromSeconds;
    private double measuredToSeconds;

    protected FleetSimulation(Scenario scenario, Calibration calibration) {
        this.scenario = scenario;
        this.calibration = calibration;
        this.links = new FleetLinks(scenario, calibration);
        this.time = new SimulatedTime(network);
    }

    /** Simulates some steps and returns the mean of those after the first. */
    static SimulatedStep of(Scenario scenario, Calibration calibration) {
        FleetSimulation simulation = scenario.workers() == 1
                ? new LoneWorker(scenario, calibration)
                : new ManyWorkers(scenario, calibration);
        simulation.begin();
        while (simulation.steps < WARM_UP_STEPS + MEASURED_STEPS) {
            if (!simulation.time.next()) {
                throw new IllegalStateException(
                        "nothing is to come after " + simulation.steps + " steps of " + scenario);
            }
        }
        return simulation.mean();
    }

    /** Opens the first step. */
    protected abstract void begin();

    protected double millis(Parameter parameter) {
        return calibration.of(parameter) / 1e3;
    }

    /** The seconds that one of several workers computes in a step, this time. */
    protected double unevenComputingSeconds() {
        double deviations = Math.clamp(random.nextGaussian(), -MOST_DEVIATIONS, MOST_DEVIATIONS);
        return meanComputingSeconds() * (1 + calibration.of(Parameter.COMPUTE_SPREAD) * deviations);
    }

    protected double meanComputingSeconds() {
        return scenario.tokensPerWorker() / calibration.of(Parameter.ENGINE_TOKENS_PER_SECOND);
    }

    protected double gradientBytes() {
        return calibration.of(Parameter.GRADIENT_BYTES);
    }

    protected double of(Parameter parameter) {
        return calibration.of(parameter);
    }

    /** @param part of it */
    protected void publish(int worker, double part, Runnable acknowledged) {
        network.start(part * gradientBytes(), links.published(worker), acknowledged);
    }

    /**
     * The shards read contributions of a step and add them.
     *
     * @param contributions so many, and parts
     */
    protected void sum(double contributions, Runnable summed) {
        network.start(gradientBytes() * contributions, links.summed(), summed);
    }

    /** @param part of it */
    protected void publishSum(double part, Runnable acknowledged) {
        network.start(part * calibration.of(Parameter.SUM_BYTES), links.written(), acknowledged);
    }

    /** @param part of it */
    protected void readSum(int worker, double part, Runnable read) {
        network.start(part * calibration.of(Parameter.SUM_BYTES), links.read(worker), read);
    }

    /** A step is committed; the state of it is written now and then, beside all else. */
    protected void committed() {
        committed++;
        if (committed % calibration.of(Parameter.STATE_EVERY) < 1 && !writingState) {
            writingState = true;
            network.start(
                    calibration.of(Parameter.STATE_BYTES),
                    links.written(),
                    () -> writingState = false);
        }
    }

    protected int committedSteps() {
        return committed;
    }

    /** The time since the last call was spent on this. */
    protected void spent(Part part) {
        double now = time.nowSeconds();
        spent(part, now - partBeganSeconds);
        partBeganSeconds = now;
    }

    /** The time since the last call was spent on computing, but for a wait for the slowest. */
    protected void spentComputing(double computingSeconds) {
        spent(Part.COMPUTING, computingSeconds);
        spent(Part.SLOWEST, time.nowSeconds() - partBeganSeconds - computingSeconds);
        partBeganSeconds = time.nowSeconds();
    }

    private void spent(Part part, double spentSeconds) {
        if (steps >= WARM_UP_STEPS) {
            seconds.merge(part, spentSeconds, Double::sum);
        }
    }

    /** The workers are through with a step. */
    protected void stepEnded() {
        steps++;
        if (steps == WARM_UP_STEPS) {
            measuredFromSeconds = time.nowSeconds();
        }
        if (steps == WARM_UP_STEPS + MEASURED_STEPS) {
            measuredToSeconds = time.nowSeconds();
        }
    }

    private SimulatedStep mean() {
        double period = (measuredToSeconds - measuredFromSeconds) / MEASURED_STEPS;
        Map<Part, Double> millis = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            millis.put(part, seconds.getOrDefault(part, 0.0) * 1e3 / MEASURED_STEPS);
        }
        return new SimulatedStep(period * 1e3, meanComputingSeconds() / period, millis);
    }
}
