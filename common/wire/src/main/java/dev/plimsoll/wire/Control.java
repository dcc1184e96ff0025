package dev.plimsoll.wire;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What operators ask for, in the topic {@code control}. Idempotent by nature. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Control {

    /** Train what was submitted, the last step under-full if need be, then end the run. */
    record Finish(String requestedBy) implements Control {}

    /** Dispatch nothing new; what is under way ends. */
    record Pause(String requestedBy) implements Control {}

    record Resume(String requestedBy) implements Control {}
}
