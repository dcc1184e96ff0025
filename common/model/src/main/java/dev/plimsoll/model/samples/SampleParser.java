package dev.plimsoll.model.samples;

import static dev.plimsoll.wire.sample.RejectionReason.BAD_FIELD;
import static dev.plimsoll.wire.sample.RejectionReason.NOTHING_TO_TRAIN;
import static dev.plimsoll.wire.sample.RejectionReason.NOT_JSON;
import static dev.plimsoll.wire.sample.RejectionReason.UNKNOWN_SHAPE;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;

import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.sample.RejectionReason;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads one submitted record: a JSON object with {@code messages}, {@code prompt} and
 * {@code completion}, {@code question} and {@code answer}, or {@code text}, in this order of
 * precedence. Other fields are left alone.
 */
public final class SampleParser {

    private static final ObjectReader JSON = Json.mapper()
            .readerFor(JsonNode.class)
            .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);
    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");
    private static final int ID_CHARACTERS = 128;
    private static final int SHOWN_CHARACTERS = 60;

    /** Carries a refusal out of the helpers; never leaves this class. */
    private static final class Refused extends Exception {
        private final transient SampleRefusal refusal;

        Refused(SampleRefusal refusal) {
            super(refusal.note(), null, false, false);
            this.refusal = refusal;
        }
    }

    private SampleParser() {}

    /**
     * A {@link ParsedSample} or a {@link SampleRefusal}; never throws for what a record contains.
     */
    public static ParseOutcome parse(byte[] record) {
        try {
            JsonNode node = JSON.readValue(record);
            if (!node.isObject()) {
                return new SampleRefusal(
                        UNKNOWN_SHAPE, "a record must be a JSON object, this is " + kind(node));
            }
            return sample(node, id(node));
        } catch (Refused e) {
            return e.refusal;
        } catch (JsonProcessingException e) {
            return new SampleRefusal(NOT_JSON, notJson(e));
        } catch (IOException e) {
            return new SampleRefusal(NOT_JSON, "not JSON in UTF-8: " + e.getMessage());
        }
    }

    /** The same, with the shape that was found; never throws either. */
    public static SampleReading read(byte[] record) {
        ParseOutcome outcome = parse(record);
        try {
            JsonNode node = JSON.readValue(record);
            Optional<SampleShape> shape = java.util.Arrays.stream(SampleShape.values())
                    .filter(s -> s.telling().stream().anyMatch(node::has))
                    .findFirst();
            return new SampleReading(shape, outcome, List.of());
        } catch (IOException e) {
            return new SampleReading(Optional.empty(), outcome, List.of());
        }
    }

    private static ParsedSample sample(JsonNode node, Optional<String> id) throws Refused {
        if (node.has("messages")) {
            return new ParsedSample.Conversation(id, messages(node.get("messages")), Map.of());
        }
        if (node.has("prompt") || node.has("completion")) {
            return new ParsedSample.Completion(
                    id, string(node, "prompt"), trained(node, "completion"));
        }
        if (node.has("question") || node.has("answer")) {
            return new ParsedSample.QuestionAnswer(
                    id, string(node, "question"), trained(node, "answer"));
        }
        if (node.has("text")) {
            return new ParsedSample.Text(id, trained(node, "text"));
        }
        Set<String> names = new TreeSet<>();
        node.fieldNames().forEachRemaining(names::add);
        throw refuse(
                UNKNOWN_SHAPE,
                "fields " + shown(names.toString())
                        + " are none of the known shapes: use messages, prompt and completion, "
                        + "question and answer, or"
                        + " text");
    }

    private static Optional<String> id(JsonNode node) throws Refused {
        JsonNode id = node.get("id");
        if (id == null || id.isNull()) {
            return Optional.empty();
        }
        if (!id.isTextual() && !id.isIntegralNumber()) {
            throw refuse(
                    BAD_FIELD,
                    "field id is " + kind(id)
                            + "; give a string or a whole number, or leave it out");
        }
        String text = id.asText();
        if (text.isBlank()
                || text.length() > ID_CHARACTERS
                || text.chars().anyMatch(Character::isISOControl)
                || !wellFormed(text)) {
            throw refuse(
                    BAD_FIELD,
                    "field id '" + shown(text) + "' is not usable; give 1 to " + ID_CHARACTERS
                            + " printable characters, or leave it out");
        }
        return Optional.of(text);
    }

    private static List<Message> messages(JsonNode list) throws Refused {
        if (!list.isArray()) {
            throw refuse(
                    BAD_FIELD,
                    "field messages is " + kind(list)
                            + "; give a list of {\"role\": …, \"content\": …}");
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode turn : list) {
            messages.add(message(turn, "messages[" + messages.size() + "]"));
        }
        if (messages.stream().noneMatch(m -> m.role().equals("assistant"))) {
            throw refuse(
                    NOTHING_TO_TRAIN,
                    "none of the " + messages.size()
                            + " messages is the assistant's, and only those are trained; add one");
        }
        String last = messages.getLast().role();
        if (!last.equals("assistant")) {
            throw refuse(
                    BAD_FIELD,
                    "the last message is of role " + last
                            + "; nothing after the assistant's last turn is trained, so end "
                            + "with an assistant's message");
        }
        return messages;
    }

    private static Message message(JsonNode turn, String where) throws Refused {
        if (!turn.isObject()) {
            throw refuse(
                    BAD_FIELD,
                    where + " is " + kind(turn) + "; give {\"role\": …, \"content\": …}");
        }
        String role = string(turn, "role", where + ".role");
        if (!ROLES.contains(role)) {
            throw refuse(
                    BAD_FIELD,
                    where + ".role is '" + shown(role) + "'; use one of " + new TreeSet<>(ROLES));
        }
        String content = string(turn, "content", where + ".content");
        if (role.equals("assistant") && content.isBlank()) {
            throw refuse(
                    NOTHING_TO_TRAIN,
                    where + " is an assistant's turn without text; give it some or drop it");
        }
        return new Message(role, content);
    }

    private static String trained(JsonNode node, String name) throws Refused {
        String text = string(node, name);
        if (text.isBlank()) {
            throw refuse(
                    NOTHING_TO_TRAIN,
                    "field " + name + " is empty, and it is what would be trained; fill it");
        }
        return text;
    }

    private static String string(JsonNode node, String name) throws Refused {
        return string(node, name, "field " + name);
    }

    private static String string(JsonNode node, String name, String where) throws Refused {
        JsonNode value = node.get(name);
        if (value == null) {
            throw refuse(BAD_FIELD, where + " is missing; give a string");
        }
        if (!value.isTextual()) {
            throw refuse(BAD_FIELD, where + " is " + kind(value) + "; give a string");
        }
        if (!wellFormed(value.textValue())) {
            throw refuse(
                    BAD_FIELD,
                    where
                            + " holds half of a surrogate pair, which is no character; write the "
                            + "whole"
                            + " pair or the character itself");
        }
        return value.textValue();
    }

    private static boolean wellFormed(String text) {
        return text.codePoints()
                .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            case STRING -> "a string";
            case NUMBER -> "the number " + shown(node.asText());
            case BOOLEAN -> node.asText();
            case NULL -> "null";
            case MISSING -> "nothing";
            case BINARY, POJO -> "a value";
        };
    }

    private static String notJson(JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        String where = at == null ? "" : " at column " + at.getColumnNr();
        String problem = e.getOriginalMessage().lines().findFirst().orElse("malformed");
        return "not JSON" + where + ": " + shown(problem, 200) + "; write one JSON object per line";
    }

    private static String shown(String text) {
        return shown(text, SHOWN_CHARACTERS);
    }

    private static String shown(String text, int limit) {
        return text.codePointCount(0, text.length()) <= limit
                ? text
                : text.substring(0, text.offsetByCodePoints(0, limit)) + "…";
    }

    private static Refused refuse(RejectionReason reason, String note) {
        return new Refused(new SampleRefusal(reason, note));
    }
}
