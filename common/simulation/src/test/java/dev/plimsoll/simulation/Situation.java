package dev.plimsoll.simulation;

/** What faults and speeds must lead to now and then, or it is not tested. */
enum Situation {
    TWO_STEPS_SETTLE,
    /** A step lost its contribution while others were open on top of it. */
    STEPS_ARE_UNDONE,
    ROLLBACK_WHILE_A_STEP_SETTLES,
    WORKER_JOINS_WHILE_A_STEP_SETTLES,
    COORDINATOR_DIES_WHILE_A_STEP_SETTLES,
    /** What was committed while a worker read its state. */
    WORKER_FOLDS_WHAT_IT_HEARD_BEFORE,
    WORKER_READS_PUBLISHED_SUM,
    WORKER_HAS_READ_A_SUM_AHEAD,
    /** Parts of it, while its last micro-batch is trained. */
    SUM_LEAVES_WITH_ITS_MICRO_BATCH,
    /** Parts of a sum have left, and the micro-batch that they are of has failed. */
    SHARED_PARTS_ARE_VOID,
    /** A micro-batch came back that a contribution was asked for with. */
    CONTRIBUTION_IS_WITHDRAWN,
    /** A worker was given more of the step when it had been asked for all that it had. */
    MORE_IS_GIVEN_AFTER_ASKING,
    SUM_IS_MADE_ON_ARRIVAL,
    SUM_ON_ARRIVAL_IS_MADE_AGAIN,
    SHARD_STARTS_TEN_VERSIONS_BEHIND,
    SHARD_READS_CONTRIBUTION_AGAIN,
    SHARD_READS_PUBLISHED_SUM,
    /** Of the same step, from another owner or of other contributions. */
    FOREIGN_CHUNKS_IN_A_SUM,
    /** Of the same step, before it. */
    STALE_SUM_BEFORE_A_SUM,
    /** Later versions were made while a state was written. */
    STATE_IS_OVERTAKEN,
    STATE_IS_CUT,
    REPLICA_DIFFERS,
    STEP_MIXES_SOURCES,
    SOURCE_IS_REMOVED,
    /** A sample that was in a step is rejected, since its source was removed. */
    REMOVED_SOURCE_IS_GIVEN_BACK,
    PAUSED_SOURCE_HOLDS_THE_END,
    /** An operator asked for it. */
    WORKER_IS_DRAINED,
    CAP_LOWERS_A_LINE,
    /** Its worker was lost, or another process works under its id. */
    CAP_OUTLIVES_ITS_GENERATION,
    /** A worker was lost that had evaluated, or was about to. */
    WORKER_IS_LOST_WHILE_EVALUATING,
    COORDINATOR_DIES_WHILE_EVALUATING,
    /** A worker handed it back, or was lost. */
    EVALUATED_SAMPLE_IS_DEALT_AGAIN,
    /** Than that which was the best before. */
    BETTER_VERSION_IS_FOUND,
    /** A plan for several cards, of which some recompute and others do not. */
    CARDS_SAVE_UNLIKE_PARTS,
    /** Of a worker with several cards. */
    ONE_CARDS_LINE_IS_LOWERED,
    /** One with several cards, while one with a single card is ready. */
    WIDE_WORKER_IS_LOST_BESIDE_ANOTHER
}
