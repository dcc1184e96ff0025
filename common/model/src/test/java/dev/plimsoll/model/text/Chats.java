package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Chats and templates for tests. */
final class Chats {

    static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 29, 12, 0);
    static final List<String> CHAT_ML = List.of("<|endoftext|>", "<|im_end|>", "<|im_start|>");
    static final String TOOLS = """
            {%- if tools %}
                {{- '<|im_start|>tools\\n' + (tools|tojson) + '<|im_end|>\\n' }}
            {%- endif %}
            {%- for m in messages %}
                {{- '<|im_start|>' + m.role + '\\n' + (m.content or '') }}
                {%- for call in m.tool_calls or [] %}
                    {{- '\\n<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
                    {{- call.function.arguments|tojson }}{{- '}\\n</tool_call>' }}
                {%- endfor %}
                {{- '<|im_end|>\\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}
            """;

    private Chats() {}

    static Message say(String role, String content) {
        return new Message(role, content);
    }

    static Message with(Message message, String name, Object value) {
        Map<String, Object> fields = new LinkedHashMap<>(message.fields());
        fields.put(name, value);
        return new Message(message.role(), fields, message.trained());
    }

    /** @param arguments a map, or the same as a string */
    static Message calling(String content, Object arguments) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", "look");
        function.put(
                "arguments", arguments instanceof Map<?, ?> map ? new TreeMap<>(map) : arguments);
        return with(
                say("assistant", content),
                "tool_calls",
                List.of(Map.of("type", "function", "id", "1", "function", function)));
    }

    static ExplainOutcome explain(
            Path directory,
            List<String> special,
            String template,
            Map<String, Object> variables,
            Message... messages)
            throws IOException {
        ModelDirectory.write(directory, special, template);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory, NOW)) {
            return tokenizer.explain(
                    new Conversation(Optional.empty(), List.of(messages), variables), 1 << 20);
        }
    }
}
