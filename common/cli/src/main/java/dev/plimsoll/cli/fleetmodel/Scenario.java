package dev.plimsoll.cli.fleetmodel;

/**
 * A fleet.
 *
 * @param tokensPerWorker in a step
 * @param linkBytesPerSecond of each host, each way: workers, brokers, and the host of the shards;
 *     infinite where all is one machine
 * @param brokers each record lies on all of them
 */
record Scenario(int workers, double tokensPerWorker, double linkBytesPerSecond, int brokers) {

    Scenario {
        if (workers < 1 || brokers < 1 || !(tokensPerWorker > 0) || !(linkBytesPerSecond > 0)) {
            throw new IllegalArgumentException(
                    "a fleet has at least one of each: " + workers + " workers, " + brokers
                            + " brokers, " + tokensPerWorker + " tokens, " + linkBytesPerSecond
                            + " bytes a second");
        }
    }

    /** Everything on one machine. */
    static Scenario local(int workers, double tokensPerWorker) {
        return new Scenario(workers, tokensPerWorker, Double.POSITIVE_INFINITY, 1);
    }
}
