package dev.plimsoll.wire.protocol;

/** What becomes of a source's samples that wait. */
public enum SourceStatus {
    /** They are put into steps. */
    ACTIVE,
    /** They go on waiting. */
    PAUSED,
    /** They are rejected, and so are those that come. */
    REMOVED
}
