package dev.plimsoll.model.samples;

import java.util.List;
import java.util.Optional;

/**
 * A sample whose shape is understood; its fields hold what may be tokenized, never blank where
 * tokens are trained.
 */
public sealed interface ParsedSample extends ParseOutcome {

    /** The id the submitter gave in field {@code id}. */
    Optional<String> id();

    /** A conversation, rendered by the model's chat template; the assistant's turns are trained. */
    record Conversation(Optional<String> id, List<Message> messages) implements ParsedSample {
        public Conversation {
            messages = List.copyOf(messages);
        }
    }

    /** Two strings, joined as they are; the completion is trained. */
    record Completion(Optional<String> id, String prompt, String completion)
            implements ParsedSample {}

    /**
     * A conversation of two turns where the model has a chat template, else two lines; the answer
     * is trained.
     */
    record QuestionAnswer(Optional<String> id, String question, String answer)
            implements ParsedSample {}

    /** Plain text, trained whole. */
    record Text(Optional<String> id, String text) implements ParsedSample {}

    /** One turn. */
    record Message(String role, String content) {}
}
