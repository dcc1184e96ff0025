package dev.plimsoll.model.text;

import static dev.plimsoll.model.text.Chats.CHAT_ML;
import static dev.plimsoll.model.text.Chats.calling;
import static dev.plimsoll.model.text.Chats.say;
import static dev.plimsoll.model.text.Chats.with;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reasoning and tools that a template does not write, or reads under another name. */
class UntoldFieldsTest {

    private static final String PLAIN = """
            {%- for m in messages %}
                {{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}
            """;
    private static final String REASONING = """
            {%- for m in messages %}
                {{- '<|im_start|>' + m.role + '\\n' }}
                {%- if m.reasoning_content %}{{- '<think>' + m.reasoning_content }}{% endif %}
                {{- m.content + '<|im_end|>\\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}
            """;
    private static final Map<String, Object> LOOK =
            Map.of("tools", List.of(Map.of("name", "look")));

    @TempDir
    Path directory;

    private ExplainOutcome dropping(
            String template, Map<String, Object> variables, Message... messages)
            throws IOException {
        ModelDirectory.write(directory, CHAT_ML, template);
        try (SampleTokenizer tokenizer =
                SampleTokenizer.open(directory, LocalDateTime.of(2026, 11, 29, 12, 0), true)) {
            return tokenizer.explain(
                    new Conversation(Optional.empty(), List.of(messages), variables), 1 << 20);
        }
    }

    @Test
    void aChatIsTrainedWithoutReasoningAndToolsAndSaysSo() throws IOException {
        Explanation all = (Explanation) dropping(
                PLAIN,
                LOOK,
                say("user", "q"),
                with(say("assistant", "a"), "thinking", "hm"),
                say("user", "r"),
                with(say("assistant", "b"), "reasoning_content", "so"));
        Explanation without = (Explanation) dropping(
                PLAIN,
                Map.of(),
                say("user", "q"),
                say("assistant", "a"),
                say("user", "r"),
                say("assistant", "b"));
        assertThat(all.text()).isEqualTo(without.text());
        assertThat(all.sequence().tokens()).isEqualTo(without.sequence().tokens());
        assertThat(all.sequence().trainOn()).isEqualTo(without.sequence().trainOn());
        assertThat(all.sequence().leftOut())
                .containsExactly("reasoning_content", "thinking", "tools");
        assertThat(without.sequence().leftOut()).isEmpty();
        assertThat(all.notes())
                .contains(
                        "the model's chat template does not write tools: the sample is trained"
                                + " without it",
                        "the model's chat template does not write messages[3].reasoning_content:"
                                + " the sample is trained without it");
    }

    @Test
    void callsAndWhatUsersSayAreNeverDropped() throws IOException {
        assertThat(Shown.of(
                        dropping(PLAIN, LOOK, say("user", "q"), calling("a", Map.of("x", "1")))))
                .contains("leaves out messages[1].tool_calls");
        assertThat(Shown.of(dropping(
                        "{% for m in messages if m.role != 'user' %}{{ m.content }}{% endfor %}",
                        Map.of(), say("user", "q"), say("assistant", "a"))))
                .contains("leaves out messages[0].content");
    }

    @Test
    void systemMessagesAndContentBesideCallsAreDroppedAndNamed() throws IOException {
        String template = """
                {%- for m in messages %}
                    {%- if m.tool_calls %}
                        {{- '<|im_start|>call\\n' + m.tool_calls[0].function.name + '<|im_end|>' }}
                        {{- m.tool_calls[0].function.arguments|tojson }}
                    {%- elif m.role != 'system' %}
                        {{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}
                    {%- endif %}
                {%- endfor %}
                """;
        Explanation explanation = (Explanation) dropping(
                template,
                Map.of(),
                say("system", "S"),
                say("user", "q"),
                calling("Let me see.", Map.of("x", "1")));
        assertThat(explanation.text()).doesNotContain("Let me", "S");
        assertThat(explanation.sequence().leftOut())
                .containsExactly("content beside calls", "system");
    }

    /** DeepSeek's templates write calls where content is null, and join strings. */
    @Test
    void callsAreGivenInTheFormThatTheTemplateWrites() throws IOException {
        String template = """
                {%- for m in messages %}
                    {%- if m.content is none %}
                        {%- for call in m.tool_calls %}
                            {{- '<|im_start|>' + call.function.name + ' ' }}
                            {{- call.function.arguments + '<|im_end|>' }}
                        {%- endfor %}
                    {%- else %}
                        {{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}
                    {%- endif %}
                {%- endfor %}
                """;
        Map<String, Object> arguments = Map.of("x", List.of(1, 2.5, Map.of(), Map.of("y", "é")));
        Explanation explanation = (Explanation) Chats.explain(
                directory, CHAT_ML, template, Map.of(), say("user", "q"), calling("", arguments));
        assertThat(explanation.text())
                .endsWith("<|im_start|>look {\"x\": [1, 2.5, {}, {\"y\": \"é\"}]}<|im_end|>");
        assertThat(explanation.notes())
                .anyMatch(n -> n.contains("is given to the model's chat template as null"))
                .anyMatch(n -> n.contains("as strings of JSON"));
    }

    @Test
    void reasoningIsGivenUnderTheNameThatTheTemplateReads() throws IOException {
        for (String name : List.of("thinking", "reasoning", "reasoning_content")) {
            Explanation explanation = (Explanation) Chats.explain(
                    directory,
                    CHAT_ML,
                    REASONING,
                    Map.of(),
                    say("user", "q"),
                    with(say("assistant", "a"), name, "hm"));
            assertThat(Shown.of(explanation)).endsWith("assistant\n«<think>hma<|im_end|>»");
            assertThat(explanation.notes().stream()
                            .anyMatch(n -> n.contains("given as '" + name + "'")))
                    .isEqualTo(!name.equals("reasoning_content"));
        }
    }

    /** The prompt opens {@code <think>}; a call begins with the same letters. */
    @Test
    void aTokenThatBeginsAsThePromptEndsIsTrainedWhole() throws IOException {
        String template = Chats.TOOLS.replace(
                "{{- '<|im_start|>assistant\\n' }}{% endif %}",
                "{{- '<|im_start|>assistant\\n<think>\\n' }}{% endif %}");
        assertThat(template).isNotEqualTo(Chats.TOOLS);
        ModelDirectory.write(
                directory,
                List.of("<|endoftext|>", "<|im_end|>", "<|im_start|>", "<think>", "<tool_call>"),
                template.replace("(m.content or '')", "''").replace("'\\n<tool", "'<tool"));
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            Explanation explanation = (Explanation) tokenizer.explain(
                    new Conversation(
                            Optional.empty(),
                            List.of(say("user", " "), calling("", Map.of("x", "1"))),
                            LOOK),
                    1 << 20);
            assertThat(Shown.of(explanation)).contains("assistant\n«<tool_call>\n");
            assertThat(explanation.notes()).anyMatch(n -> n.contains("ends with '<think>\\n'"));
        }
    }
}
