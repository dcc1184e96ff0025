package dev.plimsoll.wire.protocol;

/** Why a micro-batch did not enter the sum. */
public enum FailureReason {
    OUT_OF_MEMORY,
    NON_FINITE,
    /** The tokens could not be read as referenced: missing, truncated or with another checksum. */
    UNREADABLE_SEQUENCE,
    /** It was not begun when it was recalled: there is no longer room for it. */
    RECALLED
}
