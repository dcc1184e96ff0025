package dev.plimsoll.model.samples;

import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes conversations, with what the record gives besides the turns: system text, tools, … */
final class Conversations {

    /** What the template gets from elsewhere. */
    private static final Set<String> TAKEN = Set.of(
            "messages",
            "add_generation_prompt",
            "continue_final_message",
            "bos_token",
            "eos_token");

    private static final List<String> SYSTEM = List.of("system", "system_prompt");

    private Conversations() {}

    /** A conversation of these turns and the record's other fields. */
    static Conversation of(Fields fields, Optional<String> id, List<Message> turns) throws Refused {
        List<Message> messages = new ArrayList<>(turns);
        for (String name : SYSTEM) {
            Optional<String> system = fields.text(name);
            if (system.isEmpty()) {
                continue;
            }
            boolean there = !messages.isEmpty() && messages.getFirst().role().equals("system");
            if (!there) {
                messages.addFirst(new Message("system", system.get()));
            } else if (!messages.getFirst().content().equals(system.get())) {
                throw Refused.badField("field " + name
                        + " is a system text, and there is another one; give one of them");
            }
        }
        return new Conversation(id, messages, variables(fields));
    }

    /** The template's variables. */
    static Map<String, Object> variables(Fields fields) throws Refused {
        Map<String, Object> variables = new LinkedHashMap<>();
        for (String name : List.of("tools", "documents")) {
            if (fields.given(name).isPresent()) {
                Object value = Values.unwrapped(fields.get(name));
                if (!(value instanceof List<?> list
                        && list.stream().allMatch(Map.class::isInstance))) {
                    throw Refused.badField("field " + name + " is " + Values.kind(value)
                            + (value instanceof List<?> ? " of other things than objects" : "")
                            + "; give a list of objects");
                }
                if (!list.isEmpty()) {
                    variables.put(name, value);
                }
            }
        }
        Object given = fields.given("chat_template_kwargs").orElse(Map.of());
        if (!(given instanceof Map<?, ?> map)) {
            throw Refused.badField(
                    "field chat_template_kwargs is " + Values.kind(given) + "; give an object");
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = (String) entry.getKey();
            if (TAKEN.contains(name) || variables.containsKey(name)) {
                throw Refused.badField("field chat_template_kwargs gives '" + Values.shown(name)
                        + "', which the template gets from elsewhere; leave it out");
            }
            variables.put(name, entry.getValue());
        }
        if (fields.given("functions").isPresent()) {
            throw Refused.badField("field functions is an older form of tools; give tools"
                    + " [{\"type\": \"function\", \"function\": {…}}]");
        }
        Values.requireRenderable(variables, "what the template gets");
        return variables;
    }

    /** Refuses what only a conversation can honour. */
    static void refuseIn(Fields fields, String shape) throws Refused {
        for (String name : List.of(
                "system",
                "system_prompt",
                "tools",
                "documents",
                "chat_template_kwargs",
                "functions",
                "history")) {
            if (fields.given(name).isPresent()) {
                throw Refused.badField("field " + name + " is given, and " + shape
                        + " are trained as they are, without a chat template; write it into the"
                        + " text, or give messages");
            }
        }
    }
}
