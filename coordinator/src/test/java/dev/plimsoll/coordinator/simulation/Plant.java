package dev.plimsoll.coordinator.simulation;

/** A defence taken away on purpose: the simulation must notice, or it proves nothing. */
enum Plant {
    NONE,
    /** The planner believes every report to be of the worker's current generation. */
    NO_GENERATION_CHECK,
    /** The planner believes every contribution to hold what it asked for, and so do the shards. */
    NO_LEDGER_EQUALITY,
    /** A shard that restarts forgets that it applied the last step. */
    APPLIES_TWICE,
    /** A coordinator that dies in a transaction leaves its commands behind without their journal records. */
    TORN_TRANSACTION,
    /** A coordinator that was taken for dead writes one more transaction. */
    UNFENCED_COORDINATOR,
    /** A worker keeps its sum when it is admitted anew, and the planner believes what it asked for is in it. */
    SUM_OUTLIVES_GENERATION
}
