package dev.plimsoll.model.samples;

import dev.plimsoll.model.json.JsonFault;
import dev.plimsoll.model.json.JsonReader;
import dev.plimsoll.wire.sample.RejectionReason;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Reads one submitted record: a JSON object of one of the {@link SampleShape}s. What a record says
 * about its training is honoured or refused by name; fields that say nothing about it are left
 * alone.
 */
public final class SampleParser {

    private static final int ID_CHARACTERS = 128;

    private SampleParser() {}

    /**
     * A {@link ParsedSample} or a {@link SampleRefusal}; never throws for what a record contains.
     */
    public static ParseOutcome parse(byte[] record) {
        return read(record).outcome();
    }

    /** The same, with the shape that was found; never throws either. */
    public static SampleReading read(byte[] record) {
        Object value;
        try {
            value = JsonReader.read(record);
        } catch (JsonFault e) {
            return refusal(
                    RejectionReason.NOT_JSON, e.getMessage() + "; write one JSON object per line");
        }
        if (!(value instanceof Map<?, ?> map)) {
            return refusal(
                    RejectionReason.UNKNOWN_SHAPE,
                    "a record must be a JSON object, this is " + Values.kind(value)
                            + "; give "
                            + (value instanceof List<?> ? "{\"messages\": …}" : "{\"text\": …}"));
        }
        Fields fields = new Fields(map);
        Optional<SampleShape> shape = SampleShape.of(fields);
        try {
            Optional<String> id = id(fields);
            Marks.check(fields, shape);
            ParsedSample sample = sample(fields, shape, id);
            return new SampleReading(shape, sample, fields.leftAlone());
        } catch (Refused e) {
            return new SampleReading(shape, e.refusal(), fields.leftAlone());
        }
    }

    private static SampleReading refusal(RejectionReason reason, String note) {
        return new SampleReading(Optional.empty(), new SampleRefusal(reason, note), List.of());
    }

    private static ParsedSample sample(
            Fields fields, Optional<SampleShape> shape, Optional<String> id) throws Refused {
        if (shape.isEmpty()) {
            throw unknown(fields);
        }
        return switch (shape.get()) {
            case MESSAGES -> conversation(fields, id, "messages", SampleShape.MESSAGES);
            case SHAREGPT ->
                conversation(
                        fields,
                        id,
                        fields.peek("conversations") == null ? "conversation" : "conversations",
                        SampleShape.SHAREGPT);
            case PROMPT_COMPLETION -> Pairs.promptCompletion(fields, id);
            case ALPACA -> Pairs.alpaca(fields, id);
            case QUESTION_ANSWER -> Pairs.questionAnswer(fields, id);
            case SEGMENTS -> Pairs.segments(fields, id);
            case TEXT -> new ParsedSample.Text(id, fields.trained("text"));
        };
    }

    private static ParsedSample conversation(
            Fields fields, Optional<String> id, String name, SampleShape usual) throws Refused {
        List<ParsedSample.Message> turns = ShareGpt.of(fields.get(name), name, usual);
        return Conversations.of(fields, id, Turns.requireTrained(turns, name));
    }

    private static Refused unknown(Fields fields) {
        List<String> lists = fields.names().stream()
                .filter(name -> fields.get(name) instanceof List<?> list
                        && !list.isEmpty()
                        && list.getFirst() instanceof Map<?, ?>)
                .toList();
        String hint = lists.size() == 1
                ? " (field " + Values.shown(lists.getFirst()) + " is a list: if it holds the"
                        + " samples, give it as a file of its own)"
                : "";
        return Refused.unknownShape("fields "
                + Values.shown(new TreeSet<>(fields.names()).toString())
                + " are none of the known shapes" + hint + ": use messages, prompt and completion,"
                + " question and answer, instruction and output, conversations, or text; or say"
                + " which field is which, e.g. --map prompt=NAME");
    }

    private static Optional<String> id(Fields fields) throws Refused {
        Object id = fields.get("id");
        if (id == null) {
            return Optional.empty();
        }
        boolean whole = id instanceof Long || id instanceof BigInteger;
        if (!(id instanceof String) && !whole) {
            throw Refused.badField("field id is " + Values.kind(id)
                    + "; give a string or a whole number, or leave it out");
        }
        String text = id.toString();
        if (text.isBlank()
                || text.length() > ID_CHARACTERS
                || text.chars().anyMatch(Character::isISOControl)
                || !Values.wellFormed(text)) {
            throw Refused.badField("field id '" + Values.shown(text) + "' is not usable; give 1 to "
                    + ID_CHARACTERS + " printable characters, or leave it out");
        }
        return Optional.of(text);
    }
}
