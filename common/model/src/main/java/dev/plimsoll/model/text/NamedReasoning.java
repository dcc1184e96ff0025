package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A conversation whose reasoning stands under the name that the template reads. Reasoning has three
 * names in data, and most templates read one of them.
 *
 * @param notes says what was renamed
 */
record NamedReasoning(Conversation conversation, List<String> notes) {

    /** In the order of how common they are. */
    static final List<String> NAMES = List.of("reasoning_content", "reasoning", "thinking");

    NamedReasoning {
        notes = List.copyOf(notes);
    }

    static NamedReasoning of(ChatTemplate template, Conversation given) {
        Optional<String> known = NAMES.stream().filter(template::reads).findFirst();
        List<String> notes = new ArrayList<>();
        if (known.isEmpty()) {
            return new NamedReasoning(given, notes);
        }
        List<Message> messages = new ArrayList<>();
        for (Message message : given.messages()) {
            messages.add(renamed(template, message, known.get(), notes));
        }
        return new NamedReasoning(
                notes.isEmpty() ? given : new Conversation(given.id(), messages, given.variables()),
                notes);
    }

    private static Message renamed(
            ChatTemplate template, Message message, String known, List<String> notes) {
        Map<String, Object> fields = message.fields();
        boolean told = NAMES.stream().anyMatch(n -> fields.containsKey(n) && template.reads(n));
        Optional<String> untold =
                NAMES.stream().filter(n -> fields.get(n) instanceof String).findFirst();
        if (told || untold.isEmpty()) {
            return message;
        }
        notes.add("reasoning that is given as '" + untold.get()
                + "' is given to the model's chat template as '" + known
                + "', the name that it reads");
        Map<String, Object> renamed = new LinkedHashMap<>();
        fields.forEach(
                (name, value) -> renamed.put(name.equals(untold.get()) ? known : name, value));
        return new Message(message.role(), renamed, message.trained());
    }
}
