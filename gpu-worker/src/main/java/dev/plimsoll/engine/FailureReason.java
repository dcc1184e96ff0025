package dev.plimsoll.engine;

/** Why a micro-batch could not be trained. */
public enum FailureReason {
    /** The device had no room; a smaller micro-batch or a fuller memory plan may pass. */
    OUT_OF_MEMORY,
    /**
     * The loss or a gradient is NaN or infinite: the samples or the adapter are the cause, not
     * their number.
     */
    NON_FINITE
}
