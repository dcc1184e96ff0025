package dev.plimsoll.model.samples;

import dev.plimsoll.model.samples.ParsedSample.Message;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads lists of {@code role} and {@code content}, as OpenAI and chat templates have them. */
final class Turns {

    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "tool", "function", "ipython");

    private Turns() {}

    /**
     * @param value a list, or one as JSON in a string
     * @param where its name in messages: {@code messages}
     */
    static List<Message> of(Object value, String where) throws Refused {
        List<Message> messages = new ArrayList<>();
        for (Object turn : list(value, where, "{\"role\": …, \"content\": …}")) {
            messages.add(message(turn, where + "[" + messages.size() + "]"));
        }
        return messages;
    }

    /**
     * Refuses a conversation of which nothing, or not the end, would be trained.
     *
     * @param where the list's name
     */
    static List<Message> requireTrained(List<Message> messages, String where) throws Refused {
        if (messages.stream().noneMatch(m -> m.role().equals("assistant"))) {
            throw Refused.nothingToTrain("none of the " + messages.size() + " messages"
                    + " is the assistant's, and only those are trained; add one");
        }
        String last = messages.getLast().role();
        if (!last.equals("assistant")) {
            throw Refused.badField("the last message is of role " + last
                    + "; nothing after the assistant's last turn is trained, so end with an"
                    + " assistant's message");
        }
        if (messages.stream().noneMatch(Message::trained)) {
            throw Refused.nothingToTrain("every assistant's turn among the " + where
                    + " says that it is not trained (weight 0, train false or the like); leave"
                    + " the sample out");
        }
        return messages;
    }

    static List<?> list(Object value, String where, String element) throws Refused {
        if (Values.unwrapped(value) instanceof List<?> list) {
            return list;
        }
        throw Refused.badField(
                "field " + where + " is " + Values.kind(value) + "; give a list of " + element);
    }

    private static Message message(Object turn, String where) throws Refused {
        if (!(turn instanceof Map<?, ?> map)) {
            throw Refused.badField(
                    where + " is " + Values.kind(turn) + "; give {\"role\": …, \"content\": …}");
        }
        Fields fields = new Fields(map);
        String role = role(fields, where);
        Map<String, Object> kept = new LinkedHashMap<>();
        for (String name : fields.names()) {
            Object value = fields.get(name);
            boolean said = value != null || name.equals("content");
            if (said && !Marks.isMark(name)) {
                kept.put(name, value);
            }
        }
        if (fields.given("function_call").isPresent()) {
            throw Refused.badField(where + ".function_call is an older form of calls, which chat"
                    + " templates do not write; give tool_calls [{\"type\": \"function\","
                    + " \"function\": {\"name\": …, \"arguments\": …}}]");
        }
        kept.remove("function_call");
        boolean calls = calls(fields, role, where);
        kept.computeIfPresent("tool_calls", (_, value) -> calls ? Values.unwrapped(value) : null);
        String content = content(fields, calls, where);
        if (content != null) {
            kept.put("content", content);
        }
        Values.requireRenderable(kept, where);
        boolean trained = trained(fields, role, where);
        if (trained && !calls && blank(content) && !reasons(fields)) {
            throw Refused.nothingToTrain(
                    where + " is an assistant's turn without text; give it some or drop it");
        }
        return new Message(role, kept, trained);
    }

    private static String role(Fields fields, String where) throws Refused {
        Object role = fields.get("role");
        if (role instanceof String text) {
            if (ROLES.contains(text)) {
                return text;
            }
            throw Refused.badField(where + ".role is '" + Values.shown(text) + "'; use one of "
                    + new TreeSet<>(ROLES));
        }
        throw Refused.badField(where + ".role is "
                + (fields.has("role") ? Values.kind(role) : "missing") + "; give a string");
    }

    private static boolean calls(Fields fields, String role, String where) throws Refused {
        if (fields.given("tool_calls").isEmpty()) {
            return false;
        }
        if (!role.equals("assistant")) {
            throw Refused.badField(where + ".tool_calls is given and the role is " + role
                    + "; only the assistant calls");
        }
        Object calls = Values.unwrapped(fields.get("tool_calls"));
        if (calls instanceof List<?> list && list.stream().allMatch(Map.class::isInstance)) {
            return true;
        }
        throw Refused.badField(where + ".tool_calls is " + Values.kind(calls)
                + "; give a list of {\"type\": \"function\", \"function\": {\"name\": …,"
                + " \"arguments\": …}}");
    }

    /** The text; null where calls stand in its place. */
    private static String content(Fields fields, boolean calls, String where) throws Refused {
        Object content = fields.get("content");
        return switch (content) {
            case String text -> text;
            case List<?> parts -> joined(parts, where + ".content");
            case null -> {
                if (calls) {
                    yield null;
                }
                throw Refused.badField(where + ".content is "
                        + (fields.has("content") ? "null" : "missing") + "; give a string");
            }
            default ->
                throw Refused.badField(
                        where + ".content is " + Values.kind(content) + "; give a string");
        };
    }

    /** Parts of text are one text: templates for text alone would write the list as a list. */
    private static String joined(List<?> parts, String where) throws Refused {
        StringBuilder text = new StringBuilder();
        int index = 0;
        for (Object part : parts) {
            String at = where + "[" + index++ + "]";
            if (!(part instanceof Map<?, ?> map)) {
                throw Refused.badField(at + " is " + Values.kind(part)
                        + "; give {\"type\": \"text\", \"text\": …}");
            }
            Object type = map.get("type");
            if (!"text".equals(type)) {
                String named = type instanceof String name
                        ? "'" + Values.shown(name) + "'"
                        : map.containsKey("type") ? Values.kind(type) : "missing";
                throw Refused.badField(at + ".type is " + named
                        + ", and only text is trained; give parts {\"type\": \"text\", \"text\":"
                        + " …} alone");
            }
            if (!(map.get("text") instanceof String piece)) {
                throw Refused.badField(
                        at + ".text is " + Values.kind(map.get("text")) + "; give a string");
            }
            text.append(piece);
        }
        return text.toString();
    }

    /** By its marks; others than the assistant's never, and a mark that wants it is refused. */
    private static boolean trained(Fields fields, String role, String where) throws Refused {
        boolean assistant = role.equals("assistant");
        boolean trained = Marks.trained(fields, where + ".").orElse(assistant);
        if (trained && !assistant) {
            throw Refused.badField(where + " is of role " + role
                    + " and says that it is trained (weight, train or the like); only the"
                    + " assistant's turns are: leave that out");
        }
        return trained;
    }

    private static boolean blank(String content) {
        return content == null || content.isBlank();
    }

    private static boolean reasons(Fields fields) {
        return fields.given("reasoning_content").isPresent()
                || fields.given("thinking").isPresent();
    }
}
