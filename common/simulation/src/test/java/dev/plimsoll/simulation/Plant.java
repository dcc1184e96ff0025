package dev.plimsoll.simulation;

/** A defence taken away on purpose: the simulation must notice, or it proves nothing. */
enum Plant {
    NONE(false),
    /** The planner believes every report to be of the worker's current generation. */
    NO_GENERATION_CHECK(false),
    /** The planner believes every contribution to hold what it asked for, and so do the shards. */
    NO_LEDGER_EQUALITY(true),
    /** The sum of a step names what ended generations contributed to it, too. */
    ZOMBIES_COUNT(true),
    /** What was contributed and struck out again is named in the sum, too. */
    VOID_CONTRIBUTION_COUNTS(true),
    /** A contribution that is not awaited is taken for one that is. */
    ANOTHER_CONTRIBUTION_COUNTS(true),
    /** A worker's sum is not zeroed when its generation ends. */
    SUM_OUTLIVES_GENERATION(false),
    /** A worker's sum is not zeroed when it is contributed. */
    SUM_OUTLIVES_CONTRIBUTION(false),
    /** A worker zeroes its sum before it copies it for publishing. */
    ZEROES_BEFORE_PUBLISHING(false),
    /** A micro-batch whose loss is not finite leaves gradients in the sum. */
    REJECTED_ALSO_TRAINED(false),
    /** A micro-batch that is handed back leaves gradients in the sum. */
    RECALLED_ALSO_TRAINED(false),
    /** A worker says that it has loaded a version when it is told to load it. */
    TRAINS_ON_WRONG_VERSION(false),
    /** A shard that dies in its transaction leaves the parameters behind without their version. */
    APPLIES_TWICE(false),
    /** A shard adds up a chunk that was sent twice. */
    CHUNK_ADDED_TWICE(false),
    /** A shard does not look at checksums. */
    DAMAGED_CHUNK_APPLIED(false),
    /** A shard takes what is not finite for zero. */
    NOT_FINITE_CHUNK_APPLIED(false),
    /** A shard's owner that was replaced writes on. */
    UNFENCED_SHARD(false),
    /** A shard takes a transaction for committed before it is, and deletes gradients then. */
    SHARD_BELIEVES_BEFORE_COMMIT(false),
    /** A shard that skips a command says nothing. */
    SHARD_SKIPS_QUIETLY(false),
    /**
     * A coordinator that dies in a transaction leaves its commands behind without their journal
     * records.
     */
    TORN_TRANSACTION(false),
    /** How far the inputs are read is committed before what follows from them. */
    OFFSETS_BEFORE_JOURNAL(false),
    /** A coordinator that was replaced writes on. */
    UNFENCED_COORDINATOR(false),
    /** A snapshot does not say how far the inputs are read. */
    SNAPSHOT_FORGETS_POSITIONS(false),
    /** A Finish does not wait for ingest. */
    FINISH_PASSES_EARLY(false),
    /** The positions that are journaled are those of inputs that the planner has not taken yet. */
    POSITIONS_AHEAD_OF_INPUTS(false),
    /** A coordinator applies a transaction before it is committed, and goes on when it aborts. */
    APPLIED_BEFORE_COMMITTED(false),
    /** The planner divides by all tokens instead of those that count in the loss. */
    WRONG_NORMALISER(false),
    /** The planner takes the first shard that has applied a step for all of them. */
    HALF_APPLIED_COUNTS(false),
    /**
     * A checkpoint does not say which samples were trained: a rollback trains none of them again.
     */
    CHECKPOINT_FORGETS_POSITION(false),
    /** The planner takes the first shard that has saved a checkpoint for all of them. */
    HALF_SAVED_COUNTS(false),
    /** The planner takes the first shard that has restored a checkpoint for all of them. */
    HALF_RESTORED_COUNTS(false),
    /** A shard does not read back how many updates led to a checkpoint. */
    ROLLBACK_FORGETS_UPDATES(false),
    /** No lease ever expires. */
    NO_LEASE_EXPIRES(false),
    /** An ingest that was replaced writes on. */
    UNFENCED_INGEST(false),
    /**
     * Ingest commits how far it has read before it writes what follows from it, and believes that
     * alone.
     */
    INGEST_OFFSETS_BEFORE_OUTPUT(false),
    /**
     * Ingest commits how far it has read in a transaction of its own, afterwards, and believes that
     * alone.
     */
    INGEST_OFFSETS_APART(false),
    /** Ingest that starts again does not know which ids are taken. */
    INGEST_FORGETS_IDS(false),
    /** Ingest that starts again reads no further than another writer's open transaction. */
    INGEST_READS_TO_STABLE_END(false),
    /** Ingest steps over what was deleted unread without booking it. */
    INGEST_KEEPS_GAP_QUIET(false);

    /** Shards take a contribution's content from the planner's ledger instead of its manifest. */
    final boolean believesLedger;

    Plant(boolean believesLedger) {
        this.believesLedger = believesLedger;
    }
}
