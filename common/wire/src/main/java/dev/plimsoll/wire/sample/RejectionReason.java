package dev.plimsoll.wire.sample;

/** Why a sample is in the topic {@code samples.rejected}. */
public enum RejectionReason {
    /** The record is not JSON. */
    NOT_JSON,
    /** None of the known shapes: messages, prompt/completion, question/answer, text. */
    UNKNOWN_SHAPE,
    /** A known field has the wrong type or value. */
    BAD_FIELD,
    /** No token would be trained. */
    NOTHING_TO_TRAIN,
    /** More tokens than the run's limit. */
    TOO_MANY_TOKENS,
    /** More bytes than a sample may have. */
    TOO_LARGE,
    /** It was sent in parts, and not all of them came as they were announced. */
    INCOMPLETE,
    /** The id was used before with other content. */
    ID_REUSED,
    /** Alone and under the fullest memory plan it does not fit any worker. */
    OUT_OF_MEMORY,
    /** Alone it yields a loss or gradient that is not finite. */
    NON_FINITE,
    /** Its tokens could not be read back. */
    UNREADABLE_SEQUENCE,
    /** Its source was removed before it was trained. */
    SOURCE_REMOVED,
    /** It came when the run took no more samples: a later epoch trains what the first one had. */
    AFTER_THE_END,
    /**
     * Not one sample but a gap: the topic {@code samples} lost it before it was read. The audit
     * counts it as lost.
     */
    DELETED_UNREAD
}
