package dev.plimsoll.cli.fleetmodel;

import java.util.Comparator;
import java.util.PriorityQueue;

/** What happens when, in simulated time: things that take so long, and streams of bytes. */
final class SimulatedTime {

    private record Due(double atSeconds, long number, Runnable what) {}

    private final PriorityQueue<Due> due = new PriorityQueue<>(
            Comparator.comparingDouble(Due::atSeconds).thenComparingLong(Due::number));
    private final FluidNetwork network;
    private double nowSeconds;
    private long numbers;

    SimulatedTime(FluidNetwork network) {
        this.network = network;
    }

    double nowSeconds() {
        return nowSeconds;
    }

    void after(double seconds, Runnable what) {
        due.add(new Due(nowSeconds + seconds, numbers++, what));
    }

    /** Lets the next thing happen. Returns false when nothing is to come. */
    boolean next() {
        double arrivalSeconds = network.nextArrivalSeconds();
        double dueSeconds =
                due.isEmpty() ? Double.POSITIVE_INFINITY : due.peek().atSeconds() - nowSeconds;
        double stepSeconds = Math.min(arrivalSeconds, dueSeconds);
        if (Double.isInfinite(stepSeconds)) {
            return false;
        }
        // by the difference: a short one may not change the time, and the streams must get on
        network.pass(stepSeconds);
        nowSeconds =
                dueSeconds <= arrivalSeconds ? due.peek().atSeconds() : nowSeconds + stepSeconds;
        network.takeArrived().forEach(Runnable::run);
        while (!due.isEmpty() && due.peek().atSeconds() <= nowSeconds) {
            due.poll().what().run();
        }
        return true;
    }
}
