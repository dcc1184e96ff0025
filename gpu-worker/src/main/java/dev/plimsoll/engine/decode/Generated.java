package dev.plimsoll.engine.decode;

import java.util.List;

/**
 * How a text went on.
 *
 * @param tokens the new ones; the last is the end token where the text ended
 * @param reusedTokens of the prompt, whose keys and values were in the cache already
 * @param prefillNanos from the request to the first new token
 * @param decodeNanos from there to the last one
 */
public record Generated(
        List<Integer> tokens,
        Finish finish,
        int reusedTokens,
        long prefillNanos,
        long decodeNanos) {

    /** Why nothing more came. */
    public enum Finish {
        /** The model wrote an end token. */
        END,
        /** There were as many tokens as were asked for, or as the cache has room for. */
        LENGTH
    }

    public Generated {
        tokens = List.copyOf(tokens);
    }
}
