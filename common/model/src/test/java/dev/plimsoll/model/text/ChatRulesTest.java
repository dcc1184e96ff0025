package dev.plimsoll.model.text;

import static dev.plimsoll.model.text.Chats.CHAT_ML;
import static dev.plimsoll.model.text.Chats.NOW;
import static dev.plimsoll.model.text.Chats.TOOLS;
import static dev.plimsoll.model.text.Chats.calling;
import static dev.plimsoll.model.text.Chats.say;
import static dev.plimsoll.model.text.Chats.with;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Templates of our own, each with a construct that once trained the wrong thing. */
class ChatRulesTest {

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
        String template =
                "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}"
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
        assertThat(explanation.notes())
                .anyMatch(n -> n.contains("no end token behind messages[1]"));
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
            assertThat(tokenizer.chatProblem())
                    .hasValueSatisfying(
                            p -> assertThat(p).contains("writes the date, and no date is given"));
        }
    }

    @Test
    void aTemplateThatCannotBeReadRefusesChatsNotTheModel() throws IOException {
        String broken = "{% for m in messages %}\n{{ m.content }\n{% endfor %}";
        assertThat(shown(CHAT_ML, broken, say("user", "q"), say("assistant", "a")))
                .contains("the model's chat template (tokenizer_config.json) cannot be read")
                .contains("line ");
    }

    /** In proportion to its length: more than 20 million rendered characters are refused. */
    @Test
    void aLongChatTakesTimeInProportion() throws IOException {
        assertThat(tokenize(TOOLS, 6_000))
                .isInstanceOfSatisfying(
                        TokenSequence.class,
                        s -> assertThat(s.lossTokens()).isGreaterThan(3_000 * 3));
    }

    @Test
    void aLongChatWhoseTurnsAllHaveOtherHeadersIsRefused() throws IOException {
        String numbered = "{% for m in messages %}{{ '<|im_start|>' + m.role + loop.index0|string"
                + " + m.content + '<|im_end|>' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|im_start|>assistant' }}"
                + "{{ messages|length }}{% endif %}";
        assertThat(tokenize(numbered, 6_000))
                .isInstanceOfSatisfying(
                        SampleRefusal.class,
                        r -> assertThat(r.note())
                                .contains("6000 messages", "more than 20000000 characters")
                                .contains("split", "template-work"));
        assertThat(tokenize(numbered, 60)).isInstanceOf(TokenSequence.class);
    }

    @Test
    void aChatHasAsManyTurnsAsTheSettingSaysAndNoMore() throws IOException {
        ChatLimits limits = new ChatLimits(10, ChatLimits.DEFAULT.work());
        assertThat(tokenize(TOOLS, 10, limits)).isInstanceOf(TokenSequence.class);
        assertThat(tokenize(TOOLS, 12, limits))
                .isEqualTo(new SampleRefusal(
                        RejectionReason.TOO_LARGE,
                        "it has 12 messages and the most is 10; split it, or have the coordinator"
                                + " started with a larger max-turns"));
    }

    @Test
    void aTemplateWorksAsMuchAsTheSettingSaysAndNoMore() throws IOException {
        String slow = "{% for i in range(20000) %}{% set x = i + 1 %}{% endfor %}" + TOOLS;
        ChatLimits little = new ChatLimits(ChatLimits.DEFAULT.turns(), 20_000);
        assertThat(tokenize(TOOLS, 4, little)).isInstanceOf(TokenSequence.class);
        assertThat(tokenize(slow, 4, ChatLimits.DEFAULT)).isInstanceOf(TokenSequence.class);
        assertThat(tokenize(slow, 4, little))
                .isInstanceOfSatisfying(
                        SampleRefusal.class,
                        r -> assertThat(r.note())
                                .contains("more than 20000 operations")
                                .contains("split the sample", "a larger template-work"));
    }

    private TokenizeOutcome tokenize(String template, int turns) throws IOException {
        return tokenize(template, turns, ChatLimits.DEFAULT);
    }

    private TokenizeOutcome tokenize(String template, int turns, ChatLimits limits)
            throws IOException {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < turns; i++) {
            messages.add(i % 2 == 0 ? say("user", "question " + i) : say("assistant", "a" + i));
        }
        ModelDirectory.write(directory, CHAT_ML, template);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory, NOW, false, limits)) {
            return tokenizer.tokenize(new Conversation(Optional.empty(), messages), 1 << 20);
        }
    }

    /** Others speak Cyrillic here, the assistant Greek, and both say what looks like marks. */
    @Test
    void nothingOfOthersIsEverTrained() throws IOException {
        List<String> words =
                List.of("", " ", "\n", "<|im_end|>", "<s>", "[/INST]", "😀", "</think>");
        Random random = new Random(7);
        for (String template : List.of(SYSTEM_BEFORE_LAST_USER, THINKING, TOOLS, GENERATION)) {
            List<String> special = template.equals(SYSTEM_BEFORE_LAST_USER)
                    ? List.of("<s>", "</s>", "<|im_end|>")
                    : CHAT_ML;
            ModelDirectory.write(directory, special, template);
            try (SampleTokenizer tokenizer = SampleTokenizer.open(directory, NOW)) {
                for (int i = 0; i < 100; i++) {
                    List<Message> messages = new ArrayList<>();
                    for (int m = 0; m < 2 + 2 * random.nextInt(3); m++) {
                        String word = words.get(random.nextInt(words.size()));
                        messages.add(
                                m % 2 == 0
                                        ? say("user", "жб" + word + "ж")
                                        : say("assistant", "λα" + word + "ψ"));
                    }
                    ExplainOutcome outcome = tokenizer.explain(
                            new Conversation(Optional.empty(), messages), 1 << 20);
                    assertThat(outcome).isInstanceOf(Explanation.class);
                    String shown = Shown.of(outcome);
                    assertThat(shown.replaceAll("(?s)[^«]*«([^»]*)»[^«]*", "$1"))
                            .doesNotContain("ж", "б")
                            .contains("λα", "ψ");
                }
            }
        }
    }

    private String shown(List<String> special, String template, Message... messages)
            throws IOException {
        return Shown.of(explain(special, template, Map.of(), messages));
    }

    private ExplainOutcome explain(
            List<String> special,
            String template,
            Map<String, Object> variables,
            Message... messages)
            throws IOException {
        return Chats.explain(directory, special, template, variables, messages);
    }
}
