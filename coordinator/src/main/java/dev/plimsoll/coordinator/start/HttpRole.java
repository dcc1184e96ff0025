package dev.plimsoll.coordinator.start;

/** What somebody may do over HTTP; each may do what those before it may. */
public enum HttpRole {
    VIEWER,
    OPERATOR
}
