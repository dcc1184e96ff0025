package dev.plimsoll.model.samples;

import dev.plimsoll.model.json.JsonFault;
import dev.plimsoll.model.json.JsonReader;
import dev.plimsoll.model.samples.ParsedSample.Message;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads lists of {@code from} and {@code value}, as ShareGPT has them. */
final class ShareGpt {

    /** A turn of the assistant whose value is a call, or a list of calls, as JSON. */
    private static final String CALL = "function_call";

    private static final Map<String, String> ROLES = new TreeMap<>(Map.ofEntries(
            Map.entry("system", "system"),
            Map.entry("human", "user"),
            Map.entry("user", "user"),
            Map.entry("gpt", "assistant"),
            Map.entry("chatgpt", "assistant"),
            Map.entry("assistant", "assistant"),
            Map.entry("model", "assistant"),
            Map.entry("tool", "tool"),
            Map.entry("observation", "tool"),
            Map.entry("function_response", "tool"),
            Map.entry("function_call", CALL),
            Map.entry("tool_call", CALL)));

    private ShareGpt() {}

    /**
     * Turns of either form: {@code from} and {@code value}, or {@code role} and {@code content}.
     *
     * @param usual the form of which a list is that has neither
     */
    static List<Message> of(Object value, String where, SampleShape usual) throws Refused {
        List<?> list = Turns.list(
                value,
                where,
                usual == SampleShape.SHAREGPT
                        ? "{\"from\": …, \"value\": …}"
                        : "{\"role\": …, \"content\": …}");
        boolean from = has(list, "from");
        if (has(list, "role") || !from && usual != SampleShape.SHAREGPT) {
            return Turns.of(list, where);
        }
        List<Message> messages = new ArrayList<>();
        for (Object turn : list) {
            messages.add(message(turn, where + "[" + messages.size() + "]"));
        }
        return messages;
    }

    private static boolean has(List<?> turns, String name) {
        return turns.stream().anyMatch(turn -> turn instanceof Map<?, ?> m && m.containsKey(name));
    }

    private static Message message(Object turn, String where) throws Refused {
        if (!(turn instanceof Map<?, ?> map)) {
            throw Refused.badField(
                    where + " is " + Values.kind(turn) + "; give {\"from\": …, \"value\": …}");
        }
        Fields fields = new Fields(map);
        String role = role(fields, where);
        if (!(fields.get("value") instanceof String text)) {
            throw Refused.badField(where + ".value is "
                    + (fields.has("value") ? Values.kind(fields.get("value")) : "missing")
                    + "; give a string");
        }
        Values.requireWellFormed(text, where + ".value");
        boolean assistant = role.equals("assistant") || role.equals(CALL);
        boolean trained = Marks.trained(fields, where + ".").orElse(assistant);
        if (trained && !assistant) {
            throw Refused.badField(where + " is of " + fields.get("from")
                    + " and says that it is trained (weight, train or the like); only the"
                    + " assistant's turns are: leave that out");
        }
        if (role.equals(CALL)) {
            return new Message("assistant", called(text, where), trained);
        }
        if (trained && text.isBlank()) {
            throw Refused.nothingToTrain(
                    where + " is an assistant's turn without text; give it some or drop it");
        }
        Message message = new Message(role, text);
        return new Message(role, message.fields(), trained);
    }

    private static String role(Fields fields, String where) throws Refused {
        Object from = fields.get("from");
        if (!(from instanceof String text)) {
            throw Refused.badField(where + ".from is "
                    + (fields.has("from") ? Values.kind(from) : "missing") + "; give a string");
        }
        String role = ROLES.get(text);
        if (role == null) {
            throw Refused.badField(
                    where + ".from is '" + Values.shown(text) + "'; use one of " + ROLES.keySet());
        }
        return role;
    }

    /** The fields of a message with calls, as OpenAI writes it. */
    private static Map<String, Object> called(String text, String where) throws Refused {
        Object value;
        try {
            value = JsonReader.read(text);
        } catch (JsonFault e) {
            throw Refused.badField(
                    where + ".value should be a call as JSON, and is " + e.getMessage());
        }
        List<Object> calls = new ArrayList<>();
        for (Object call : value instanceof List<?> list ? list : List.of(value)) {
            if (!(call instanceof Map<?, ?> map
                    && map.get("name") instanceof String
                    && map.containsKey("arguments"))) {
                throw Refused.badField(where + ".value holds " + Values.kind(call)
                        + "; give {\"name\": …, \"arguments\": …}, or a list of them");
            }
            Map<String, Object> function = new LinkedHashMap<>();
            map.forEach((name, argument) -> function.put((String) name, argument));
            calls.add(Map.of("type", "function", "function", function));
        }
        Values.requireRenderable(calls, where + ".value");
        if (calls.isEmpty()) {
            throw Refused.badField(where + ".value is a list without a call; drop the turn");
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("role", "assistant");
        fields.put("content", null);
        fields.put("tool_calls", calls);
        return fields;
    }
}
