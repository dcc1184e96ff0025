package dev.plimsoll.simulation;

/** A defence taken away on purpose: the simulation must notice, or it proves nothing. */
enum Plant {
    NONE(false),
    /** The planner believes every report to be of the worker's current generation. */
    NO_GENERATION_CHECK(false),
    /**
     * The planner believes every contribution to hold what it asked for, and so do the shards; and
     * a worker trains what it hears again.
     */
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
    /** A worker takes its sum into the memory of the one before, which is still published. */
    TAKEN_SUM_OVERWRITTEN(false),
    /** A micro-batch whose loss is not finite leaves gradients in the sum. */
    REJECTED_ALSO_TRAINED(false),
    /** A micro-batch that is handed back leaves gradients in the sum. */
    RECALLED_ALSO_TRAINED(false),
    /** A worker trains once more on the weights of before when it has made a version. */
    TRAINS_ON_WRONG_VERSION(false),
    /**
     * A worker whose generation is over goes on with the version that it holds: one that it has
     * made ahead of a decision that was another, perhaps.
     */
    KEEPS_WHAT_IT_WENT_AHEAD_WITH(false),
    /** A worker takes the state that it has read for that of the version committed last. */
    JOINER_MISSES_A_CLIP(false),
    /** A worker reads of each shard the newest state, of whichever version that is. */
    STATE_TORN_BETWEEN_SHARDS(false),
    /** A shard that dies writing a state leaves the parameters behind without their version. */
    STATE_TORN_BY_A_CRASH(false),
    /** A shard makes later versions in the memory of the state that it is writing. */
    STATE_CHANGES_WHILE_IT_IS_WRITTEN(false),
    /** A shard sums the contributions in another order. */
    SUMMED_IN_ANOTHER_ORDER(false),
    /** A shard takes the order in which it has summed for the one that is named. */
    ORDER_OF_ARRIVAL_BELIEVED(false),
    /** A shard makes one version more of a step that it hears of again. */
    REPEATED_CLIP_FOLDED(false),
    /** A shard deletes a contribution when it has made the version, and not saved it. */
    DELETED_BEFORE_A_STATE_COVERS(false),
    /** A worker hands over its sum before the gradients of its last micro-batch are in it. */
    SHARED_BEFORE_ITS_GRADIENTS(false),
    /** A worker whose last micro-batch failed contributes what has left, as if it were in it. */
    SHARED_WITHOUT_ITS_LAST(false),
    /** A shard adds what has left of a contribution that was withdrawn. */
    WITHDRAWN_PART_ADDED(false),
    /** A shard adds up a chunk that was sent twice. */
    CHUNK_ADDED_TWICE(false),
    /** A shard does not look at checksums. */
    DAMAGED_CHUNK_APPLIED(false),
    /** Whoever reads a sum takes chunks of its step, whoever has published them. */
    FOREIGN_PUBLICATION_BELIEVED(false),
    /** Whoever reads a sum takes the first of its step, wherever it lies. */
    STALE_SUM_BELIEVED(false),
    /** A shard takes what is not finite for zero. */
    NOT_FINITE_CHUNK_APPLIED(false),
    /** A shard's owner that was replaced writes on. */
    UNFENCED_SHARD(false),
    /** A shard takes a state for written when it begins to write it. */
    STATE_BELIEVED_BEFORE_COMMIT(false),
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
    /** The planner takes the first shard that has summed a step for all of them. */
    HALF_SUMMED_COUNTS(false),
    /** The planner takes the first shard that has written a state for all of them. */
    HALF_WRITTEN_COUNTS(false),
    /** The planner believes every worker to hold what the shards hold. */
    DIGESTS_NOT_COMPARED(false),
    /** Steps stay open on top of one that has lost its contribution. */
    STEPS_STAY_ON_A_VOID_ONE(false),
    /** A shard that starts from an older state is not told what was committed since. */
    COMMITTED_STEPS_FORGOTTEN(false),
    /**
     * A checkpoint does not say which samples were trained: a rollback trains none of them again.
     */
    CHECKPOINT_FORGETS_POSITION(false),
    /** A checkpoint says how far the run was with all samples, and not with each source. */
    CHECKPOINT_FORGETS_SOURCES(false),
    /** The planner puts samples of paused sources into steps. */
    PAUSED_SOURCE_TRAINED(false),
    /** The planner puts samples of removed sources into steps. */
    REMOVED_SOURCE_TRAINED(false),
    /** What waits of a removed source is put into the rejected topic, and goes on waiting. */
    REMOVED_SAMPLE_STAYS(false),
    /** A coordinator that starts again from a snapshot does not know the sources' weights. */
    WEIGHTS_FORGOTTEN_AT_REPLAY(false),
    /** Steps take samples in the order of their arrival, whatever the weights. */
    WEIGHTS_IGNORED(false),
    /** A coordinator that starts again from a snapshot does not know the workers' caps. */
    CAPS_FORGOTTEN_AT_REPLAY(false),
    /** A worker does not leave when it is told to. */
    DRAIN_NOT_OBEYED(false),
    /** The planner puts samples that are for evaluation into steps. */
    EVALUATION_SAMPLE_TRAINED(false),
    /** The planner counts the loss of an evaluated micro-batch a second time. */
    EVALUATED_TWICE(false),
    /** A worker evaluates on the weights of before when it has made a version. */
    EVALUATED_ON_ANOTHER_VERSION(false),
    /** The planner takes the first shard that has saved a checkpoint for all of them. */
    HALF_SAVED_COUNTS(false),
    /** The planner takes the first shard that has restored a checkpoint for all of them. */
    HALF_RESTORED_COUNTS(false),
    /** A shard does not read back the moments of a checkpoint. */
    ROLLBACK_FORGETS_MOMENTS(false),
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
    /** Ingest that starts again reads what is submitted from then on. */
    INGEST_BEGINS_AT_THE_END(false),
    /** Ingest steps over what was deleted unread without booking it. */
    INGEST_KEEPS_GAP_QUIET(false),
    /** Nobody looks at the seals of reports, and so for the other topics. */
    UNSEALED_REPORT_BELIEVED(false),
    UNSEALED_COMMAND_BELIEVED(false),
    UNSEALED_SEQUENCE_BELIEVED(false),
    UNSEALED_REJECTION_BELIEVED(false),
    UNSEALED_FACT_BELIEVED(false),
    /** And a shard does not mind that two chunks for one place differ. */
    UNSEALED_GRADIENT_BELIEVED(false),
    UNSEALED_SUM_BELIEVED(false),
    UNSEALED_STATE_BELIEVED(false),
    /** A planner that starts does not look at the numbers of the journal's records. */
    JOURNAL_WRITTEN_AGAIN_COUNTS(false),
    /** The planner does not look whether a sample was admitted already. */
    SEQUENCE_ADMITTED_AGAIN(false),
    /** The planner gives each of several cards the part of another. */
    CARD_PARTS_SWAPPED(false);

    /** Shards take a contribution's content from the planner's ledger instead of its manifest. */
    final boolean believesLedger;

    Plant(boolean believesLedger) {
        this.believesLedger = believesLedger;
    }
}
