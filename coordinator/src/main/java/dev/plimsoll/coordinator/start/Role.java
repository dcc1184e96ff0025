package dev.plimsoll.coordinator.start;

/** What a coordinator process does: all three by default, or one process each. */
public enum Role {
    INGEST,
    PLAN,
    PARAMETERS
}
