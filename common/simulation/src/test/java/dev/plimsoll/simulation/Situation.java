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
    SHARD_STARTS_TEN_VERSIONS_BEHIND,
    SHARD_READS_CONTRIBUTION_AGAIN,
    SHARD_READS_PUBLISHED_SUM,
    /** Later versions were made while a state was written. */
    STATE_IS_OVERTAKEN,
    STATE_IS_CUT,
    REPLICA_DIFFERS,
    STEP_MIXES_SOURCES,
    SOURCE_IS_REMOVED,
    /** A sample that was in a step is rejected, since its source was removed. */
    REMOVED_SOURCE_IS_GIVEN_BACK,
    PAUSED_SOURCE_HOLDS_THE_END,
    /** A worker was lost that had evaluated, or was about to. */
    WORKER_IS_LOST_WHILE_EVALUATING,
    COORDINATOR_DIES_WHILE_EVALUATING,
    /** A worker handed it back, or was lost. */
    EVALUATED_SAMPLE_IS_DEALT_AGAIN,
    /** Than that which was the best before. */
    BETTER_VERSION_IS_FOUND
}
