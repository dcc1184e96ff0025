package dev.plimsoll.simulation;

/**
 * What can go wrong. A lasting fault holds for its time; any other strikes its target's next
 * opportunity, once.
 */
enum FaultKind {
    WORKER_DIES(4),
    WORKER_IS_GONE_FOR_GOOD(1),
    WORKER_LEAVES(2),
    WORKER_PAUSES(4),
    WORKER_SLOWS(2),
    /** The network is cut in one direction: what it sends arrives. */
    WORKER_READS_NOTHING(2),
    /** In the other: what it sends waits in its producer. */
    WORKER_WRITES_NOTHING(2),
    /** The same, from when it has begun to contribute. */
    WORKER_IS_CUT_OFF_CONTRIBUTING(4),
    /** A command to it cannot be decoded, its admission perhaps. */
    WORKER_MISSES_COMMAND(2),
    /** The second time later. */
    WORKER_HEARS_TWICE(4),
    /** A producer that is not transactional sends again. */
    WORKER_SAYS_TWICE(4),
    WORKER_SAYS_AGAIN_LATER(4),
    /** Before its sum is published, of which it has made the next version. */
    WORKER_DIES_AHEAD(4),
    /** What it publishes goes out in drops. */
    WORKER_PUBLISHES_SLOWLY(4),
    /** What it reads of a sum is not there, this once. */
    WORKER_MISREADS(3),
    /** A bit of its card's memory turns over. */
    WORKER_REPLICA_IS_DAMAGED(2),
    /** Another process takes part of the card's memory. */
    WORKER_LOSES_MEMORY(6),
    CHUNK_NOT_FINITE(3),
    /** Its checksum is wrong. */
    CHUNK_DAMAGED(3),
    CHUNK_SENT_TWICE(4),
    PLANNER_DIES(4),
    PLANNER_PAUSES(2),
    PLANNER_TRANSACTION_ABORTS(6),
    /** It is committed, but the planner does not hear so. */
    PLANNER_COMMIT_IS_AMBIGUOUS(4),
    /** A second coordinator takes over while the first one lives. */
    PLANNER_IS_REPLACED(3),
    SHARD_DIES(2),
    SHARD_PAUSES(2),
    SHARD_TRANSACTION_ABORTS(3),
    SHARD_COMMIT_IS_AMBIGUOUS(3),
    SHARD_IS_REPLACED(2),
    /** A command that concerns it cannot be decoded. */
    SHARD_MISSES_COMMAND(2),
    /** What it reads of a contribution is not there, this once. */
    SHARD_MISREADS(3),
    /** It is told to expect contributions in another order, or another one too few. */
    SHARD_EXPECTS_WRONGLY(4),
    SHARD_DIES_PUBLISHING(3),
    /** The one before writes its sum on, slowly, and bits of its memory have turned over. */
    SHARD_IS_REPLACED_PUBLISHING(6),
    SHARD_DIES_WRITING_STATE(3),
    /** When it has made ten versions more than it has saved. Each run has one that waits. */
    SHARD_DIES_FAR_FROM_ITS_STATE(0),
    SHARD_STATE_ABORTS(3),
    SHARD_STATE_COMMIT_IS_AMBIGUOUS(3),
    /** Nobody reads or writes. */
    BROKER_IS_DOWN(2),
    /** Forward by its milliseconds, or back. */
    CLOCK_JUMPS(2),
    OPERATOR_PAUSES(1),
    OPERATOR_RESUMES(1),
    OPERATOR_ASKS_FOR_CHECKPOINT(4),
    /** To a checkpoint that there may be or not. */
    OPERATOR_ROLLS_BACK(3),
    /** The same, while a worker holds a version that is not committed. */
    OPERATOR_ROLLS_BACK_AHEAD(3),
    // from here on drawn by SourceFaults
    /** A source that there may be or not, and so for the others. */
    OPERATOR_ADDS_SOURCE(0),
    OPERATOR_PAUSES_SOURCE(0),
    OPERATOR_RESUMES_SOURCE(0),
    OPERATOR_REMOVES_SOURCE(0),
    OPERATOR_WEIGHS_SOURCE(0),
    // from here on drawn by EvaluationFaults, and each while a version is evaluated
    WORKER_DIES_EVALUATING(0),
    PLANNER_DIES_EVALUATING(0),
    OPERATOR_ROLLS_BACK_EVALUATING(0),
    // from here on drawn by WorkerRequestFaults
    /** One that there may be or not. */
    OPERATOR_DRAINS_WORKER(0),
    /** Its cap, perhaps below what it needs; or off. */
    OPERATOR_CAPS_MEMORY(0),
    // from here on drawn by IntakeFaults
    /** Its producer is not transactional: the first acknowledgement was lost. */
    SUBMITTER_SENDS_TWICE(0),
    /** Perhaps into another partition. */
    SUBMITTER_SENDS_AGAIN_LATER(0),
    /** Somebody submits the whole file once more. */
    SUBMITTER_STARTS_OVER(0),
    INGEST_DIES(0),
    INGEST_PAUSES(0),
    INGEST_TRANSACTION_ABORTS(0),
    INGEST_COMMIT_IS_AMBIGUOUS(0),
    /** The first one sleeps, for long perhaps, and then tries to write. */
    INGEST_IS_REPLACED(0),
    /** Its channel hands over what it has dealt with before. */
    INGEST_READS_AGAIN(0),
    /** The broker forgets how far its group was. */
    INGEST_OFFSETS_EXPIRE(0),
    /** Another writer's open transaction hides what was committed behind it. */
    REJECTED_IS_HELD_BACK(0),
    /** Retention takes samples, read or not. */
    SAMPLES_ARE_DELETED(0),
    // from here on drawn by ForeignFaults: a stranger writes one record into the topic, a real one
    // again, a changed one, one of another run or one that no decoder takes
    FOREIGN_IN_CONTROL(0),
    FOREIGN_IN_REPORTS(0),
    FOREIGN_IN_COMMANDS(0),
    FOREIGN_IN_TOKENIZED(0),
    FOREIGN_IN_REJECTED(0),
    FOREIGN_IN_JOURNAL(0),
    FOREIGN_IN_GRADIENTS(0),
    FOREIGN_IN_SUMS(0),
    FOREIGN_IN_ADAPTER(0);

    /** How often, compared with the others. */
    final int weight;

    FaultKind(int weight) {
        this.weight = weight;
    }

    boolean lasts() {
        return switch (this) {
            case WORKER_PAUSES,
                    WORKER_SLOWS,
                    WORKER_READS_NOTHING,
                    WORKER_WRITES_NOTHING,
                    WORKER_LOSES_MEMORY,
                    WORKER_PUBLISHES_SLOWLY,
                    PLANNER_PAUSES,
                    SHARD_PAUSES,
                    INGEST_PAUSES,
                    REJECTED_IS_HELD_BACK,
                    BROKER_IS_DOWN -> true;
            default -> false;
        };
    }
}
