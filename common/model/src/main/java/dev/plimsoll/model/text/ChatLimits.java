package dev.plimsoll.model.text;

import dev.plimsoll.model.jinja.Limits;
import dev.plimsoll.wire.sample.RejectionReason;

/**
 * How much a chat may ask of ingest.
 *
 * @param turns messages of one chat
 * @param work operations of the chat template in one rendering, and characters in all renderings
 *     that show what is trained
 */
public record ChatLimits(int turns, long work) {

    /** Those of the settings' defaults, which a test compares. */
    public static final ChatLimits DEFAULT = new ChatLimits(65_536, Limits.DEFAULT.maxOperations());

    Limits ofRendering() {
        return new Limits(Limits.DEFAULT.maxCharacters(), work);
    }

    void requireTurns(int messages) throws TextRefusal {
        if (messages > turns) {
            throw new TextRefusal(
                    RejectionReason.TOO_LARGE,
                    "it has " + messages + " messages and the most is " + turns
                            + "; split it, or have the coordinator started with a larger "
                            + "max-turns");
        }
    }
}
