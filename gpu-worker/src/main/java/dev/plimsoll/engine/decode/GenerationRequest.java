package dev.plimsoll.engine.decode;

import java.util.Set;

/**
 * A text to be continued.
 *
 * @param prompt its tokens, at least one
 * @param maxNewTokens at most so many follow
 * @param endIds tokens that end the text
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record GenerationRequest(
        int[] prompt, int maxNewTokens, Set<Integer> endIds, Sampling sampling) {

    public GenerationRequest {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("the prompt has no tokens");
        }
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException(
                    "max new tokens is " + maxNewTokens + "; it must be at least 1");
        }
        endIds = Set.copyOf(endIds);
    }
}
