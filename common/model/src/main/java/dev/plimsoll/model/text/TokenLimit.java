package dev.plimsoll.model.text;

import static dev.plimsoll.wire.sample.RejectionReason.TOO_MANY_TOKENS;

/**
 * How many tokens a sample may have.
 *
 * @param tokens at most so many
 * @param ofModel whether the model is meant for no more
 */
public record TokenLimit(int tokens, boolean ofModel) {

    /** Nothing is too long. */
    public static final TokenLimit NONE = new TokenLimit(Integer.MAX_VALUE, true);

    /** @param has how many it has, in words */
    TextRefusal refusal(String has) {
        return new TextRefusal(
                TOO_MANY_TOKENS,
                "it has " + has + " tokens and the limit is " + tokens
                        + (ofModel
                                ? ", which is all that the model takes; split it, or have its end"
                                        + " cut off with long-samples=truncate"
                                : "; split it, or submit it to a run with a larger"
                                        + " max-sequence-tokens, or one with"
                                        + " long-samples=truncate, which cuts its end off"));
    }
}
