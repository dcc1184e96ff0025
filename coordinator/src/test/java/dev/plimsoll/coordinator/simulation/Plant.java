package dev.plimsoll.coordinator.simulation;

/** A defence taken away on purpose: the simulation must notice, or it proves nothing. */
enum Plant {
    NONE(false),
    /** The planner believes every report to be of the worker's current generation. */
    NO_GENERATION_CHECK(false),
    /** The planner believes every contribution to hold what it asked for, and so do the shards. */
    NO_LEDGER_EQUALITY(true),
    /** The sum of a step names what ended generations contributed to it, too. */
    ZOMBIES_COUNT(true),
    /** A worker keeps its sum when it is admitted anew, and the planner believes what it asked for is in it. */
    SUM_OUTLIVES_GENERATION(true),
    /** A shard that dies in its transaction leaves the parameters behind without their version. */
    APPLIES_TWICE(false),
    /** A coordinator that dies in a transaction leaves its commands behind without their journal records. */
    TORN_TRANSACTION(false),
    /** A coordinator that was taken for dead writes one more transaction. */
    UNFENCED_COORDINATOR(false);

    /** Shards take a contribution's content from the planner's ledger instead of its manifest. */
    final boolean believesLedger;

    Plant(boolean believesLedger) {
        this.believesLedger = believesLedger;
    }
}
