package dev.plimsoll.model.samples;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A sample whose shape is understood; its fields hold what may be tokenized, never blank where
 * tokens are trained.
 */
public sealed interface ParsedSample extends ParseOutcome {

    /** The id the submitter gave in field {@code id}. */
    Optional<String> id();

    /**
     * A conversation, rendered by the model's chat template; the assistant's turns are trained
     * unless one says otherwise.
     *
     * @param variables what the template gets besides the messages: {@code tools},
     *     {@code documents} and what the sample gives as {@code chat_template_kwargs}; values as
     *     JSON has them
     */
    record Conversation(Optional<String> id, List<Message> messages, Map<String, Object> variables)
            implements ParsedSample {
        public Conversation {
            messages = List.copyOf(messages);
            variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
        }

        /** Messages alone. */
        public Conversation(Optional<String> id, List<Message> messages) {
            this(id, messages, Map.of());
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

    /** Pieces of one text, joined as they are; those that say so are trained. */
    record Segments(Optional<String> id, List<Segment> segments) implements ParsedSample {
        public Segments {
            segments = List.copyOf(segments);
        }

        /** One piece; never empty, and not blank where it is trained. */
        public record Segment(String text, boolean trained) {}

        /** The whole text. */
        public String text() {
            return segments.stream().map(Segment::text).collect(Collectors.joining());
        }
    }

    /**
     * One turn.
     *
     * @param fields as the template sees them, {@code role} and {@code content} among them, in the
     *     order in which they were given; values as JSON has them (String, Boolean, Long,
     *     BigInteger, Double, List, Map, null)
     * @param trained false where the submitter says so; of others than the assistant always false
     */
    record Message(String role, Map<String, Object> fields, boolean trained) {
        public Message {
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }

        /** A turn of text alone; the assistant's is trained. */
        public Message(String role, String content) {
            this(role, textFields(role, content), role.equals("assistant"));
        }

        /** The content where it is a string, else "". */
        public String content() {
            return fields.get("content") instanceof String text ? text : "";
        }

        private static Map<String, Object> textFields(String role, String content) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("role", role);
            fields.put("content", content);
            return fields;
        }
    }
}
