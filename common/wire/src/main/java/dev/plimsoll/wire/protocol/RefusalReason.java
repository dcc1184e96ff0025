package dev.plimsoll.wire.protocol;

/** Why a worker may not join. */
public enum RefusalReason {
    /** Its config or weights differ from the run's. */
    MODEL_DIFFERS,
    /** Another live worker has its id. */
    WORKER_ID_TAKEN,
    /** The run is over. */
    RUN_FINISHED
}
