package dev.plimsoll.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Templates of our own with the constructs that the well-known families use. Trained text is shown
 * in «».
 */
class ChatTemplatesTest {

    private static final List<String> LLAMA_3 =
            List.of("<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>");
    private static final String LLAMA_3_TEMPLATE = """
            {{- bos_token }}
            {%- if not date_string is defined %}
                {%- set date_string = "26 Jul 2024" %}
            {%- endif %}
            {%- if messages[0]['role'] == 'system' %}
                {%- set system_message = messages[0]['content']|trim %}
                {%- set messages = messages[1:] %}
            {%- else %}
                {%- set system_message = "" %}
            {%- endif %}
            {{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
            {{- "Today: " + date_string + "\\n\\n" }}
            {{- system_message }}
            {{- "<|eot_id|>" }}
            {%- for message in messages %}
                {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
            {%- endif %}
            """;

    private static final List<String> CHAT_ML =
            List.of("<|endoftext|>", "<|im_end|>", "<|im_start|>");
    private static final String CHAT_ML_TEMPLATE = """
            {% for message in messages %}
            {% if loop.first and messages[0].role != 'system' %}
            {{- '<|im_start|>system\\nBe kind.<|im_end|>\\n' -}}
            {% endif %}
            {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' -}}
            {% endfor %}
            {% if add_generation_prompt %}
            {{- '<|im_start|>assistant\\n' -}}
            {% endif %}
            """;

    private static final List<String> MISTRAL = List.of("<s>", "</s>", "[INST]", "[/INST]");
    private static final String MISTRAL_TEMPLATE = "{{ bos_token }}{% for message in messages %}"
            + "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
            + "{{ raise_exception('Conversation roles must alternate "
            + "user/assistant/user/assistant/...') }}"
            + "{% endif %}"
            + "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
            + "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token }}"
            + "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% "
            + "endif %}"
            + "{% endfor %}";

    private static final List<String> R1 = List.of("<begin>", "<end>", "<User>", "<Assistant>");
    private static final String R1_TEMPLATE =
            "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false "
                    + "%}{% endif %}"
                    + "{% set ns = namespace(is_first=false, system_prompt='') %}"
                    + "{%- for message in messages %}{%- if message['role'] == 'system' %}"
                    + "{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}"
                    + "{{ bos_token }}{{ ns.system_prompt }}"
                    + "{%- for message in messages %}"
                    + "{%- if message['role'] == 'user' %}{{ '<User>' + message['content'] }}{%- "
                    + "endif %}"
                    + "{%- if message['role'] == 'assistant' and message['content'] is not none %}"
                    + "{% set content = message['content'] %}"
                    + "{% if '</think>' in content %}{% set content = "
                    + "content.split('</think>')[-1] %}{% endif %}"
                    + "{{ '<Assistant>' + content + '<end>' }}{%- endif %}"
                    + "{%- endfor -%}"
                    + "{% if add_generation_prompt %}{{ '<Assistant><think>\\n' }}{% endif %}";

    @TempDir
    Path directory;

    @Test
    void llama3() throws IOException {
        assertThat(render(
                        LLAMA_3,
                        LLAMA_3_TEMPLATE,
                        new Message("system", "Short."),
                        new Message("user", " q "),
                        new Message("assistant", "a b"),
                        new Message("user", "r"),
                        new Message("assistant", "c")))
                .isEqualTo(
                        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nToday: 26 "
                                + "Jul 2024\n\n"
                                + "Short.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nq<|eot_id|>"
                                + "<|start_header_id|>assistant<|end_header_id|>\n\n«a b<|eot_id|>»"
                                + "<|start_header_id|>user<|end_header_id|>\n\nr<|eot_id|>"
                                + "<|start_header_id|>assistant<|end_header_id|>\n\n«c<|eot_id|>»");
    }

    @Test
    void chatMlWithoutTheLineBreakAfterTheLastEnd() throws IOException {
        assertThat(render(
                        CHAT_ML,
                        CHAT_ML_TEMPLATE,
                        new Message("user", "q"),
                        new Message("assistant", "a"),
                        new Message("user", "r"),
                        new Message("assistant", "c")))
                .isEqualTo("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nq<|im_end|>\n"
                        + "<|im_start|>assistant\n«a<|im_end|>»\n<|im_start|>user\nr<|im_end|>\n"
                        + "<|im_start|>assistant\n«c<|im_end|>»");
    }

    @Test
    void mistralHasNoGenerationPrompt() throws IOException {
        assertThat(render(
                        MISTRAL,
                        MISTRAL_TEMPLATE,
                        new Message("user", "q"),
                        new Message("assistant", "a")))
                .isEqualTo("<s>[INST] q [/INST]« a</s>»");
    }

    @Test
    void mistralRefusesASystemMessage() throws IOException {
        TokenizeOutcome outcome = tokenize(
                MISTRAL,
                MISTRAL_TEMPLATE,
                new Message("system", "s"),
                new Message("assistant", "a"));
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        SampleRefusal.class,
                        r -> assertThat(r.note()).contains("refuses it: Conversation roles"));
    }

    @Test
    void reasoningThatTheTemplateLeavesOutOfHistoryIsTrainedAllTheSame() throws IOException {
        assertThat(render(
                        R1,
                        R1_TEMPLATE,
                        new Message("system", "S."),
                        new Message("user", "q"),
                        new Message("assistant", "<think>\nhm</think>\n\na")))
                .isEqualTo("<begin>S.<User>q<Assistant><think>\n«hm</think>\n\na<end>»");
    }

    @Test
    void anAnswerWithoutReasoningFollowsTheRendering() throws IOException {
        assertThat(render(
                        R1,
                        R1_TEMPLATE,
                        new Message("user", "q"),
                        new Message("assistant", "<thin> a")))
                .isEqualTo("<begin><User>q<Assistant>«<thin> a<end>»");
    }

    @Test
    void reasoningInAnEarlierTurnIsLeftOutAsAtInferenceAndThatIsSaid() throws IOException {
        ModelDirectory.write(directory, R1, R1_TEMPLATE);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            Explanation explanation = (Explanation) tokenizer.explain(
                    new ParsedSample.Conversation(
                            Optional.empty(),
                            List.of(
                                    new Message("user", "q"),
                                    new Message("assistant", "<think>\nhm</think>a"),
                                    new Message("user", "r"),
                                    new Message("assistant", "b"))),
                    100);
            assertThat(Shown.of(explanation))
                    .isEqualTo("<begin><User>q<Assistant>«a<end>»<User>r<Assistant>«b<end>»");
            assertThat(explanation.notes())
                    .anyMatch(n -> n.contains("messages[1].content in another form"));
        }
    }

    private String render(List<String> special, String template, Message... messages)
            throws IOException {
        TokenSequence sequence = (TokenSequence) tokenize(special, template, messages);
        StringBuilder text = new StringBuilder();
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            boolean trained = false;
            for (int i = 0; i < sequence.tokens().length; i++) {
                if (sequence.trainOn()[i] != trained) {
                    trained = !trained;
                    text.append(trained ? '«' : '»');
                }
                text.append(tokenizer.decode(new int[] {sequence.tokens()[i]}));
            }
            return text.append(trained ? "»" : "").toString();
        }
    }

    private TokenizeOutcome tokenize(List<String> special, String template, Message... messages)
            throws IOException {
        ModelDirectory.write(directory, special, template);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            return tokenizer.tokenize(
                    new ParsedSample.Conversation(Optional.empty(), List.of(messages)), 4_096);
        }
    }
}
