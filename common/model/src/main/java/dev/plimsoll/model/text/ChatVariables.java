package dev.plimsoll.model.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;

import dev.plimsoll.model.jinja.PythonJson;
import dev.plimsoll.model.jinja.Text;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.text.Source.Field;
import dev.plimsoll.wire.codec.Json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A conversation as a template gets it: the same values, with the origin of each string. Roles have
 * none: templates write their own words for them.
 */
final class ChatVariables {

    private static final ObjectReader JSON = Json.mapper()
            .readerFor(LinkedHashMap.class)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final Set<String> CALLS = Set.of("tool_calls", "function_call");

    private final Form form;
    private final List<Source> sources = new ArrayList<>();
    private final List<Map<String, Object>> messages = new ArrayList<>();
    private final Map<String, Object> others = new LinkedHashMap<>();
    /** Arguments of calls, given as strings that hold an object. */
    private final List<String> writtenArguments = new ArrayList<>();

    private boolean objectArguments;
    private final List<Boolean> assistants = new ArrayList<>();
    private boolean parts;
    private boolean silentCalls;
    private boolean emptyCalls;

    private ChatVariables(Form form) {
        this.form = form;
    }

    static ChatVariables of(Conversation conversation, Form form) {
        ChatVariables variables = new ChatVariables(form);
        // Transformers gives both always
        variables.others.put("tools", null);
        variables.others.put("documents", null);
        conversation.variables().forEach(variables::other);
        for (Message message : conversation.messages()) {
            variables.message(message);
        }
        return variables;
    }

    /** Of an origin that is not 0. */
    Source source(int origin) {
        return sources.get(origin - 1);
    }

    List<Source> sources() {
        return List.copyOf(sources);
    }

    List<String> writtenArguments() {
        return List.copyOf(writtenArguments);
    }

    boolean hasParts() {
        return parts;
    }

    /** Whether a turn calls and has no content. */
    boolean hasSilentCalls() {
        return silentCalls;
    }

    /** Whether a turn calls and its content is an empty string. */
    boolean hasEmptyCalls() {
        return emptyCalls;
    }

    /** Whether arguments of a call are an object. */
    boolean hasObjectArguments() {
        return objectArguments;
    }

    int size() {
        return messages.size();
    }

    /** The message of an origin, or {@link Source#NO_MESSAGE}. */
    int message(int origin) {
        return origin == 0 ? Source.NO_MESSAGE : source(origin).message();
    }

    boolean isOf(int origin, int message) {
        return message(origin) == message && origin != 0;
    }

    /** Of a message that is not the assistant's, or of what comes beside the messages. */
    boolean isOthers(int origin) {
        return origin != 0
                && (message(origin) == Source.NO_MESSAGE || !assistants.get(message(origin)));
    }

    /** @param upTo how many of the messages */
    Map<String, Object> upTo(int upTo, boolean generationPrompt) {
        Map<String, Object> all = new LinkedHashMap<>(others);
        all.put("messages", messages.subList(0, upTo));
        all.put("add_generation_prompt", generationPrompt);
        return all;
    }

    private void other(String name, Object value) {
        switch (name) {
            case "tools" ->
                others.put(name, new Marker(Source.NO_MESSAGE, name).all(Field.TOOLS, value));
            case "documents" ->
                others.put(name, new Marker(Source.NO_MESSAGE, name).all(Field.DOCUMENTS, value));
            // switches and words of the template, which the submitter turns
            default -> others.put(name, value);
        }
    }

    private void message(Message message) {
        int index = messages.size();
        assistants.add(message.role().equals("assistant"));
        Map<String, Object> fields = new LinkedHashMap<>();
        message.fields().forEach((name, value) -> fields.put(name, field(index, name, value)));
        if (CALLS.stream().anyMatch(fields::containsKey)) {
            silent(message, fields);
        }
        messages.add(fields);
    }

    private void silent(Message message, Map<String, Object> fields) {
        Object content = message.fields().get("content");
        if (content == null) {
            silentCalls = true;
            if (form.silence() == Form.Silence.EMPTY) {
                fields.put("content", "");
            }
        } else if (content.equals("")) {
            emptyCalls = true;
            if (form.silence() == Form.Silence.NULL) {
                fields.put("content", null);
            }
        }
    }

    private Object field(int index, String name, Object value) {
        Marker marker = new Marker(index, "messages[" + index + "]." + name);
        if (name.equals("role")) {
            return value;
        } else if (name.equals("content")) {
            return marker.content(value);
        } else if (NamedReasoning.NAMES.contains(name)) {
            return marker.all(Field.REASONING, value);
        } else if (CALLS.contains(name)) {
            return marker.calls(value);
        }
        return marker.all(Field.OTHER, value);
    }

    /** Gives the strings of one field their origins, one for each kind. */
    private final class Marker {
        private final int message;
        private final String path;
        private final Map<Field, Integer> known = new LinkedHashMap<>();

        Marker(int message, String path) {
            this.message = message;
            this.path = path;
        }

        Object content(Object value) {
            if (!(value instanceof List<?> list)) {
                return all(Field.CONTENT, value);
            }
            parts = true;
            if (form.partsJoined() && list.size() == 1) {
                Optional<String> only = textOf(list.getFirst());
                if (only.isPresent()) {
                    return all(Field.CONTENT, only.get());
                }
            }
            return list.stream().map(this::part).toList();
        }

        private Object part(Object part) {
            if (!(part instanceof Map<?, ?> map)) {
                return all(Field.CONTENT, part);
            }
            Map<String, Object> marked = new LinkedHashMap<>();
            map.forEach((key, value) -> marked.put(
                    String.valueOf(key),
                    all(
                            switch (String.valueOf(key)) {
                                case "text", "content" -> Field.CONTENT;
                                case "thinking", "reasoning" -> Field.REASONING;
                                case "type" -> Field.PART_TYPE;
                                default -> Field.OTHER;
                            },
                            value)));
            return marked;
        }

        Object calls(Object value) {
            return switch (value) {
                case List<?> list -> list.stream().map(this::calls).toList();
                case Map<?, ?> map -> {
                    Map<String, Object> marked = new LinkedHashMap<>();
                    map.forEach((key, inner) ->
                            marked.put(String.valueOf(key), call(String.valueOf(key), inner)));
                    yield marked;
                }
                case null -> null;
                default -> all(Field.OTHER, value);
            };
        }

        private Object call(String key, Object value) {
            return switch (key) {
                case "name" -> all(Field.CALL_NAME, value);
                case "arguments", "parameters" -> arguments(value);
                default -> calls(value);
            };
        }

        private Object arguments(Object value) {
            if (value instanceof String written) {
                Optional<Map<String, Object>> object = object(written);
                if (object.isPresent()) {
                    writtenArguments.add(written);
                    return all(
                            Field.CALL_ARGUMENTS,
                            form.arguments() == Form.Arguments.READ ? object.get() : written);
                }
            }
            if (value instanceof Map<?, ?> map) {
                objectArguments = true;
                if (form.arguments() == Form.Arguments.WRITTEN) {
                    String json = PythonJson.write(map);
                    writtenArguments.add(json);
                    return all(Field.CALL_ARGUMENTS, json);
                }
            }
            return all(Field.CALL_ARGUMENTS, value);
        }

        Object all(Field field, Object value) {
            return switch (value) {
                case String string -> Text.of(string, origin(field, !string.isBlank()));
                case List<?> list -> {
                    List<Object> marked = new ArrayList<>();
                    list.forEach(inner -> marked.add(all(field, inner)));
                    yield marked;
                }
                case Map<?, ?> map -> {
                    Map<String, Object> marked = new LinkedHashMap<>();
                    map.forEach((key, inner) -> marked.put(String.valueOf(key), all(field, inner)));
                    yield marked;
                }
                case null -> null;
                default -> value;
            };
        }

        private int origin(Field field, boolean spoken) {
            Integer origin = known.get(field);
            if (origin == null) {
                sources.add(new Source(message, field, path, spoken));
                known.put(field, sources.size());
                return sources.size();
            }
            if (spoken && !source(origin).spoken()) {
                sources.set(origin - 1, new Source(message, field, path, true));
            }
            return origin;
        }
    }

    private static Optional<String> textOf(Object part) {
        return part instanceof Map<?, ?> map && map.get("text") instanceof String text
                ? Optional.of(text)
                : part instanceof String text ? Optional.of(text) : Optional.empty();
    }

    private static Optional<Map<String, Object>> object(String written) {
        if (!written.strip().startsWith("{")) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(written));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
