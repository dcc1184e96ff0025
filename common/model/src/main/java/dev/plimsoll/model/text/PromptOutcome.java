package dev.plimsoll.model.text;

/** What a prompt becomes. */
public sealed interface PromptOutcome {

    /** What the model is given. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Prompt(int[] tokens) implements PromptOutcome {}

    /** @param note why the model cannot be given it, for whoever wrote it */
    record Refused(String note) implements PromptOutcome {}
}
