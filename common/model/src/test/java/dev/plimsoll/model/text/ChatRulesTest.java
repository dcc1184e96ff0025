package dev.plimsoll.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Templates of our own, each with a construct that once trained the wrong thing. */
class ChatRulesTest {

    private static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 29, 12, 0);
    private static final List<String> CHAT_ML =
            List.of("<|endoftext|>", "<|im_end|>", "<|im_start|>");

    /** Writes the system's text before the last message, and only if that is the user's. */
    private static final String SYSTEM_BEFORE_LAST_USER = """
            {%- if messages[0].role == 'system' %}
                {%- set system = messages[0].content %}{% set rest = messages[1:] %}
            {%- else %}{% set rest = messages %}{% endif %}
            {{- bos_token }}
            {%- for m in rest %}
                {%- if m.role == 'user' %}
                    {%- if loop.last and system is defined %}
                        {{- '[INST]' + system + '\\n\\n' + m.content + '[/INST]' }}
                    {%- else %}{{- '[INST]' + m.content + '[/INST]' }}{% endif %}
                {%- else %}{{- m.content + eos_token }}{% endif %}
            {%- endfor %}
            """;

    /** Reasoning is written for the last turn only, empty where there is none. */
    private static final String THINKING = """
            {%- set ns = namespace(last=messages|length - 1) %}
            {%- for m in messages %}
                {%- set content = m.content %}
                {%- if m.role == 'assistant' %}
                    {%- set reasoning = m.reasoning_content if m.reasoning_content else '' %}
                    {{- '<|im_start|>assistant\\n' }}
                    {%- if loop.index0 == ns.last %}
                        {{- '<think>\\n' + reasoning + '\\n</think>\\n\\n' }}
                    {%- endif %}
                    {{- content + '<|im_end|>\\n' }}
                {%- else %}
                    {{- '<|im_start|>' + m.role + '\\n' + content + '<|im_end|>\\n' }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}
                {%- if open_think %}{{- '<think>\\n' }}{% endif %}
            {%- endif %}
            """;

    private static final String TOOLS = """
            {%- if tools %}{{- '<|im_start|>tools\\n' + (tools|tojson) + '<|im_end|>\\n' }}{% endif %}
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

    private static final String GENERATION = """
            {%- for m in messages %}
                {{- '<|im_start|>' + m.role + '\\n' }}
                {%- if m.role == 'assistant' %}
                    {%- generation %}{{- m.content + '<|im_end|>' }}{%- endgeneration %}
                    {{- '\\n' }}
                {%- else %}{{- m.content + '<|im_end|>\\n' }}{% endif %}
            {%- endfor %}
            """;

    @TempDir
    Path directory;

    @Test
    void theSystemMessageComesBackWithThePromptOfInference() throws IOException {
        assertThat(shown(
                        List.of("<s>", "</s>"),
                        SYSTEM_BEFORE_LAST_USER,
                        say("system", "You are terse."),
                        say("user", "What is 2+2?"),
                        say("assistant", "It is 4.")))
                .isEqualTo("<s>[INST]You are terse.\n\nWhat is 2+2?[/INST]«It is 4.</s>»");
    }

    @Test
    void ofSeveralTurnsAllAreTrainedBehindTheirOwnPrompts() throws IOException {
        assertThat(shown(
                        List.of("<s>", "</s>"),
                        SYSTEM_BEFORE_LAST_USER,
                        say("system", "S"),
                        say("user", "q"),
                        say("assistant", "a"),
                        say("user", "r"),
                        say("assistant", "b")))
                .isEqualTo("<s>[INST]q[/INST]«a</s>»[INST]S\n\nr[/INST]«b</s>»");
    }

    @Test
    void whatTheModelItselfWritesBeforeItsTextIsTrained() throws IOException {
        assertThat(shown(
                        CHAT_ML,
                        THINKING,
                        say("user", "q"),
                        say("assistant", "a"),
                        say("user", "r"),
                        say("assistant", "b")))
                .isEqualTo("<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n«a<|im_end|>»\n"
                        + "<|im_start|>user\nr<|im_end|>\n<|im_start|>assistant\n"
                        + "«<think>\n\n</think>\n\nb<|im_end|>»");
    }

    @Test
    void aPromptThatOpensTheReasoningIsNotTakenForTheEndOfAHeader() throws IOException {
        Explanation explanation = (Explanation) explain(
                CHAT_ML,
                THINKING,
                Map.of("open_think", true),
                say("user", "q"),
                say("assistant", "a"),
                say("user", "r"),
                say("assistant", "b"));
        assertThat(Shown.of(explanation))
                .isEqualTo("<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n«a<|im_end|>»\n"
                        + "<|im_start|>user\nr<|im_end|>\n<|im_start|>assistant\n<think>\n"
                        + "«\n</think>\n\nb<|im_end|>»");
        assertThat(explanation.notes())
                .anyMatch(n -> n.contains("messages[1]") && n.contains("'<think>\\n'"));
    }

    @Test
    void reasoningIsTrainedWhereTheTemplateWritesIt() throws IOException {
        Message last = with(say("assistant", "b"), "reasoning_content", "hm");
        Message first = with(say("assistant", "a"), "reasoning_content", "so");
        Explanation explanation = (Explanation) explain(
                CHAT_ML, THINKING, Map.of(), say("user", "q"), first, say("user", "r"), last);
        assertThat(Shown.of(explanation))
                .contains("assistant\n«a<|im_end|>»")
                .endsWith("«<think>\nhm\n</think>\n\nb<|im_end|>»");
        assertThat(explanation.notes())
                .anyMatch(n -> n.contains("leaves out messages[1].reasoning_content"));
    }

    @Test
    void whatATemplateLeavesOutIsNamed() throws IOException {
        Message thinks = with(say("assistant", "a"), "reasoning_content", "hm");
        assertThat(shown(CHAT_ML, TOOLS, say("user", "q"), thinks))
                .contains("leaves out messages[1].reasoning_content; write it into content");
        assertThat(shown(CHAT_ML, THINKING, say("user", "q"), calling("a", Map.of("x", "1"))))
                .contains("leaves out messages[1].tool_calls; write the call into content");
        assertThat(Shown.of(explain(
                        CHAT_ML,
                        THINKING,
                        Map.of("tools", List.of(Map.of("name", "look"))),
                        say("user", "q"),
                        say("assistant", "a"))))
                .contains("leaves out tools; write them into the system message");
        assertThat(shown(
                        List.of("<s>", "</s>"),
                        "{% for m in messages %}{% if m.role != 'system' %}{{ m.content }}{% endif"
                                + " %}{% endfor %}",
                        say("system", "S"),
                        say("user", "q"),
                        say("assistant", "a")))
                .contains("leaves out messages[0].content; put the text into a message");
    }

    @Test
    void callsAreTrainedAsTheTemplateWritesThem() throws IOException {
        assertThat(Shown.of(explain(
                        CHAT_ML,
                        TOOLS,
                        Map.of("tools", List.of(Map.of("name", "look"))),
                        say("user", "q"),
                        calling("Let me look.", Map.of("city", "Paris", "n", 2L)),
                        say("tool", "sunny"),
                        say("assistant", "Sun."))))
                .isEqualTo("<|im_start|>tools\n[{\"name\": \"look\"}]<|im_end|>\n"
                        + "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"
                        + "«Let me look.\n<tool_call>\n{\"name\": \"look\", \"arguments\": "
                        + "{\"city\": \"Paris\", \"n\": 2}}\n</tool_call><|im_end|>»\n"
                        + "<|im_start|>tool\nsunny<|im_end|>\n<|im_start|>assistant\n"
                        + "«Sun.<|im_end|>»");
    }

    @Test
    void argumentsWrittenAsAStringAreReadWhereTheTemplateWouldQuoteThemTwice() throws IOException {
        assertThat(shown(CHAT_ML, TOOLS, say("user", "q"), calling("", "{\"city\":\"Paris\"}")))
                .endsWith("«\n<tool_call>\n{\"name\": \"look\", \"arguments\": "
                        + "{\"city\": \"Paris\"}}\n</tool_call><|im_end|>»");
        String asGiven = TOOLS.replace(
                "call.function.arguments|tojson",
                "call.function.arguments if call.function.arguments is string else"
                        + " call.function.arguments|tojson");
        assertThat(shown(CHAT_ML, asGiven, say("user", "q"), calling("", "{\"city\":\"Paris\"}")))
                .contains("\"arguments\": {\"city\":\"Paris\"}}");
        String items = TOOLS.replace(
                "{{- call.function.arguments|tojson }}",
                "{%- for k, v in call.function.arguments.items() %}{{- k + '=' + v }}{% endfor %}");
        assertThat(shown(CHAT_ML, items, say("user", "q"), calling("", "{\"city\":\"Paris\"}")))
                .contains("\"arguments\": city=Paris}");
    }

    @Test
    void turnsThatTheSubmitterExcludesAreNotTrained() throws IOException {
        Message excluded = new Message("assistant", say("assistant", "a").fields(), false);
        for (String template : List.of(TOOLS, GENERATION)) {
            assertThat(shown(
                            CHAT_ML,
                            template,
                            say("user", "q"),
                            excluded,
                            say("user", "r"),
                            say("assistant", "b")))
                    .contains("<|im_start|>assistant\na<|im_end|>\n")
                    .endsWith("<|im_start|>assistant\n«b<|im_end|>»");
        }
    }

    @Test
    void generationBlocksAreTheMask() throws IOException {
        assertThat(shown(
                        CHAT_ML,
                        GENERATION,
                        say("user", "q"),
                        say("assistant", "a"),
                        say("user", "r"),
                        say("assistant", "b")))
                .isEqualTo("<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n«a<|im_end|>»\n"
                        + "<|im_start|>user\nr<|im_end|>\n<|im_start|>assistant\n«b<|im_end|>»");
        String withoutEnd = GENERATION.replace(
                "{{- m.content + '<|im_end|>' }}{%- endgeneration %}",
                "{{- m.content }}{%- endgeneration %}{{- '<|im_end|>' }}");
        assertThat(shown(CHAT_ML, withoutEnd, say("user", "q"), say("assistant", "a")))
                .endsWith("«a»<|im_end|>");
    }

    @Test
    void aBlockAroundWhatOthersSaidIsRefused() throws IOException {
        String all = "{% generation %}{% for m in messages %}{{ m.content }}{% endfor %}"
                + "{% endgeneration %}";
        assertThat(shown(CHAT_ML, all, say("user", "q"), say("assistant", "a")))
                .contains("writes messages[0].content within what it writes for messages[0]");
    }

    @Test
    void theTemplatesEndIsTheOnlyEnd() throws IOException {
        // eos_token is <|endoftext|>, the second of these
        List<String> tokens = List.of("<s>", "<|endoftext|>", "<|im_end|>", "<|im_start|>");
        assertThat(shown(
                        tokens,
                        TOOLS,
                        say("user", "q"),
                        say("assistant", "a"),
                        say("user", "r"),
                        say("assistant", "b")))
                .contains("«a<|im_end|>»\n<|im_start|>user")
                .endsWith("«b<|im_end|>»");
    }

    @Test
    void theNextTurnsHeaderIsNoEnd() throws IOException {
        List<String> tokens = List.of("<s>", "</s>", "<|user|>", "<|assistant|>");
        String template = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
        Explanation explanation = (Explanation) explain(
                tokens,
                template,
                Map.of(),
                say("user", "q"),
                say("assistant", "a"),
                say("user", "r"),
                say("assistant", "b"));
        assertThat(Shown.of(explanation))
                .isEqualTo("<|user|>q<|assistant|>«a»<|user|>r<|assistant|>«b</s>»");
        assertThat(explanation.notes()).anyMatch(n -> n.contains("no end token behind messages[1]"));
    }

    @Test
    void endsThatFollowOneAnotherAreOneEnd() throws IOException {
        List<String> tokens = List.of("<s>", "</s>", "<call_end>", "<turn>");
        String template = "{% for m in messages %}{{ '<turn>' + m.role + ':' + m.content }}"
                + "{% if m.role == 'assistant' %}{{ '<call_end></s>' }}{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<turn>assistant:' }}{% endif %}";
        assertThat(shown(
                        tokens,
                        template,
                        say("user", "q"),
                        say("assistant", "a"),
                        say("user", "r"),
                        say("assistant", "b")))
                .isEqualTo("<turn>user:q<turn>assistant:«a<call_end></s>»"
                        + "<turn>user:r<turn>assistant:«b<call_end></s>»");
    }

    @Test
    void theDateIsTheRuns() throws IOException {
        String dated = "{{ strftime_now('%d %B %Y') }}\\n" + TOOLS;
        assertThat(shown(CHAT_ML, dated, say("user", "q"), say("assistant", "a")))
                .startsWith("29 November 2026");
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            assertThat(tokenizer.chatProblem()).hasValueSatisfying(p -> assertThat(p)
                    .contains("writes the date, and no date is given"));
        }
    }

    @Test
    void aTemplateThatCannotBeReadRefusesChatsNotTheModel() throws IOException {
        String broken = "{% for m in messages %}\n{{ m.content }\n{% endfor %}";
        assertThat(shown(CHAT_ML, broken, say("user", "q"), say("assistant", "a")))
                .contains("the model's chat template (tokenizer_config.json) cannot be read")
                .contains("line ");
    }

    @Test
    void aLongChatTakesTimeInProportion() throws IOException {
        Message[] messages = new Message[3_000];
        for (int i = 0; i < messages.length; i++) {
            messages[i] = i % 2 == 0 ? say("user", "question " + i) : say("assistant", "a" + i);
        }
        ModelDirectory.write(directory, CHAT_ML, TOOLS);
        long before = System.nanoTime();
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory, NOW)) {
            assertThat(tokenizer.tokenize(
                            new Conversation(Optional.empty(), List.of(messages)), 1 << 20))
                    .isInstanceOfSatisfying(
                            dev.plimsoll.model.samples.TokenSequence.class,
                            s -> assertThat(s.lossTokens()).isGreaterThan(1_500 * 3));
        }
        assertThat(System.nanoTime() - before).isLessThan(20_000_000_000L);
    }

    private static Message say(String role, String content) {
        return new Message(role, content);
    }

    private static Message with(Message message, String name, Object value) {
        Map<String, Object> fields = new LinkedHashMap<>(message.fields());
        fields.put(name, value);
        return new Message(message.role(), fields, message.trained());
    }

    private static Message calling(String content, Object arguments) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", "look");
        function.put(
                "arguments",
                arguments instanceof Map<?, ?> map ? new java.util.TreeMap<>(map) : arguments);
        return with(
                say("assistant", content),
                "tool_calls",
                List.of(Map.of("type", "function", "id", "1", "function", function)));
    }

    private String shown(List<String> special, String template, Message... messages)
            throws IOException {
        return Shown.of(explain(special, template, Map.of(), messages));
    }

    private dev.plimsoll.model.samples.ExplainOutcome explain(
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
