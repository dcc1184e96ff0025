package dev.plimsoll.cli.fleetmodel;

/** What a worker does, or waits for, in a step. The parts of a step follow each other. */
enum Part {
    COMPUTING("computing"),
    /** For the worker that ends last. */
    SLOWEST("slowest"),
    /** For reports and commands on their way over the planner. */
    DECIDING("deciding"),
    TAKING("taking"),
    /** Until all contributions are with the shards, and their sum is with all workers. */
    EXCHANGING("exchanging"),
    /** Of the shards, that they have summed. */
    REPORTING("reporting"),
    FOLDING("folding"),
    /** Until one of the steps that settle is committed: there may be two of them at most. */
    SETTLING("settling");

    private final String text;

    Part(String text) {
        this.text = text;
    }

    /** Its name in table and report. */
    String text() {
        return text;
    }
}
