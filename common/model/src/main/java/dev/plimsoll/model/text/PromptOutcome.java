package dev.plimsoll.model.text;

import java.util.List;

/** What a prompt becomes. */
public sealed interface PromptOutcome {

    /**
     * What the model is given.
     *
     * @param leftOut what the chat template does not write, as {@code messages[0].content}
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Prompt(int[] tokens, List<String> leftOut) implements PromptOutcome {
        public Prompt {
            leftOut = List.copyOf(leftOut);
        }
    }

    /** @param note why the model cannot be given it, for whoever wrote it */
    record Refused(String note) implements PromptOutcome {}
}
