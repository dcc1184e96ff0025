package dev.plimsoll.coordinator.web.gate;

import java.util.Map;

/**
 * A request that is not let in.
 *
 * @param why one sentence for a person
 * @param headers of the answer
 */
record Refusal(int status, String why, Map<String, String> headers) {

    Refusal(int status, String why) {
        this(status, why, Map.of());
    }
}
