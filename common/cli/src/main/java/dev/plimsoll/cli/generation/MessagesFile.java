package dev.plimsoll.cli.generation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.json.JsonFault;
import dev.plimsoll.model.json.JsonReader;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Conversations that await an answer. A file holds one JSON value, or one a line: a list of
 * messages, or an object with {@code messages} and, besides, what templates take ({@code tools},
 * {@code documents}, {@code chat_template_kwargs}).
 */
final class MessagesFile {

    private MessagesFile() {}

    /** At least one; a file that cannot be used is a problem that names the line. */
    static List<Conversation> read(Path file) {
        String text;
        try {
            text = Files.readString(file, UTF_8);
        } catch (IOException e) {
            throw CliFailure.input(
                    "the messages '" + file + "' cannot be read; is it a text file" + " in UTF-8?");
        }
        try {
            return List.of(conversation(JsonReader.read(text), file.toString()));
        } catch (JsonFault whole) {
            List<Conversation> all = new ArrayList<>();
            List<String> lines = text.lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                if (!lines.get(i).isBlank()) {
                    all.add(line(lines.get(i), file + ", line " + (i + 1)));
                }
            }
            if (all.isEmpty()) {
                throw CliFailure.input(file + " holds no messages; write"
                        + " [{\"role\": \"user\", \"content\": \"…\"}]");
            }
            return all;
        }
    }

    private static Conversation line(String line, String place) {
        try {
            return conversation(JsonReader.read(line), place);
        } catch (JsonFault e) {
            throw CliFailure.input(place + " is no JSON: " + e.getMessage());
        }
    }

    private static Conversation conversation(Object value, String place) {
        Object list = value instanceof Map<?, ?> object ? object.get("messages") : value;
        if (!(list instanceof List<?> messages) || messages.isEmpty()) {
            throw CliFailure.input(place + " has no list of messages; write"
                    + " [{\"role\": \"user\", \"content\": \"…\"}] or {\"messages\": […]}");
        }
        List<Message> read = new ArrayList<>();
        for (Object message : messages) {
            if (!(message instanceof Map<?, ?> fields)
                    || !(fields.get("role") instanceof String role)) {
                throw CliFailure.input(
                        place + " has a message without a role; each is an object with role and"
                                + " content");
            }
            read.add(new Message(role, named(fields), false));
        }
        return new Conversation(
                Optional.empty(),
                read,
                value instanceof Map<?, ?> object ? variables(object, place) : Map.of());
    }

    private static Map<String, Object> variables(Map<?, ?> object, String place) {
        Map<String, Object> variables = new LinkedHashMap<>();
        for (String name : List.of("tools", "documents")) {
            if (object.get(name) != null) {
                variables.put(name, object.get(name));
            }
        }
        Object given = object.get("chat_template_kwargs");
        if (given instanceof Map<?, ?> more) {
            variables.putAll(named(more));
        } else if (given != null) {
            throw CliFailure.input(place + " has chat_template_kwargs that are no object");
        }
        return variables;
    }

    private static Map<String, Object> named(Map<?, ?> fields) {
        Map<String, Object> named = new LinkedHashMap<>();
        fields.forEach((name, value) -> named.put((String) name, value));
        return named;
    }
}
