package dev.plimsoll.cli.scaling;

/** One worker of a simulated day; its GPU is paid for from its start to its end. */
final class SimulatedWorker {

    private final double readySeconds;
    /** In the open step; what goes with the worker if it vanishes. */
    private double computedTokens;

    SimulatedWorker(double readySeconds) {
        this.readySeconds = readySeconds;
    }

    boolean isReady(double nowSeconds) {
        return nowSeconds >= readySeconds;
    }

    void computes(double tokens) {
        computedTokens += tokens;
    }

    double computedTokens() {
        return computedTokens;
    }

    void contributed() {
        computedTokens = 0;
    }
}
