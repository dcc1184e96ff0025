package dev.plimsoll.model.text;

import static dev.plimsoll.model.text.Chats.CHAT_ML;
import static dev.plimsoll.model.text.Chats.TOOLS;
import static dev.plimsoll.model.text.Chats.calling;
import static dev.plimsoll.model.text.Chats.say;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.TrainedSpan;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Turns behind which the template writes something, and no end token. */
class UnendedTurnsTest {

    /** {@code <|im_end|>} is text here. */
    private static final List<String> PLAIN = List.of("<|endoftext|>", "<eos>");

    private static final String ALPACA = """
            {%- for m in messages %}
                {{- '### Instruction:\\n' if m.role == 'user' else '### Response:\\n' }}
                {{- m.content + '\\n\\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{- '### Response:\\n' }}{% endif %}
            """;

    /** As DeepSeek's: a call alone has no end, and what closes it is no special token. */
    private static final String CALLS = """
            {%- for m in messages %}
                {%- if m.tool_calls %}
                    {%- for call in m.tool_calls %}
                        {{- '<call>' + call.function.name + '\\n' + call.function.arguments }}
                        {{- '\\n```</call>' }}
                    {%- endfor %}
                {%- elif m.role == 'tool' %}{{- '<out>' + m.content + '</out>' }}
                {%- elif m.role == 'user' %}{{- '<user>' + m.content }}
                {%- else %}{{- m.content + eos_token }}{% endif %}
            {%- endfor %}
            """;

    @TempDir
    Path directory;

    @Test
    void what_the_template_writes_behind_an_earlier_turn_is_trained() throws IOException {
        Explanation chat = explain(
                PLAIN,
                TOOLS,
                say("user", "q"),
                say("assistant", "a"),
                say("user", "r"),
                say("assistant", "b"));
        assertThat(Shown.of(chat))
                .isEqualTo("<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n«a<|im_end|>\n»"
                        + "<|im_start|>user\nr<|im_end|>\n<|im_start|>assistant\n"
                        + "«b<|im_end|>\n<eos>»");
        assertThat(chat.notes()).anyMatch(n -> n.contains("no end token behind messages[1]"));
    }

    @Test
    void what_closes_an_earlier_call_is_trained() throws IOException {
        assertThat(Shown.of(explain(
                        PLAIN,
                        CALLS,
                        say("user", "q"),
                        calling(null, "{\"a\": 1}"),
                        say("tool", "t"),
                        say("assistant", "b"))))
                .isEqualTo("<user>q«<call>look\n{\"a\": 1}\n```</call>»<out>t</out>«b<eos>»");
    }

    /** The begin of a header that a generation prompt begins with, too. */
    @Test
    void a_generation_prompt_that_is_always_written_is_no_turns_end() throws IOException {
        String always =
                ALPACA.replace("{%- if add_generation_prompt %}", "").replace("{% endif %}", "");
        assertThat(Shown.of(explain(
                        PLAIN,
                        always,
                        say("user", "q"),
                        say("assistant", "a"),
                        say("user", "r"),
                        say("assistant", "b"))))
                .contains("### Response:\n«a»\n\n### Instruction:\nr");
    }

    /** It writes something else behind the last message, and no prompt behind an assistant's. */
    @Test
    void a_template_that_heeds_the_generation_prompt_before_the_turn_is_believed()
            throws IOException {
        String template = ALPACA.replace(
                        "{%- if add_generation_prompt %}",
                        "{%- if add_generation_prompt and messages[-1].role == 'user' %}")
                + "{%- if messages[-1].role == 'assistant' %}{{- 'THE END' }}{% endif %}";
        assertThat(Shown.of(explain(
                        PLAIN,
                        template,
                        say("user", "q"),
                        say("assistant", "a"),
                        say("user", "r"),
                        say("assistant", "b"))))
                .contains("### Response:\n«a\n\n»### Instruction:\nr");
    }

    /** Of the header the model is to write nothing, so the token across the border is its. */
    @Test
    void a_token_that_goes_on_into_the_next_header_is_not_trained() throws IOException {
        ModelDirectory.sentencePiece(
                directory,
                List.of("> <", "e >"),
                List.of(),
                "{% for m in messages %}"
                        + "{{ '<' + m.role + '>' + m.content + '<done>' }}{% endfor %}"
                        + "{% if add_generation_prompt %}<assistant>{% endif %}");
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory, Chats.NOW)) {
            assertThat(Shown.of(explain(
                            tokenizer,
                            List.of(
                                    say("user", "q"),
                                    say("assistant", "a"),
                                    say("user", "r"),
                                    say("assistant", "b")))))
                    .contains("«a<done»><user>r");
        }
    }

    /** A turn is trained as it is where nothing follows, less the end token that is appended. */
    @Test
    void an_earlier_turn_is_trained_as_the_last_one_is() throws IOException {
        Random random = new Random(5);
        for (String template : List.of(TOOLS, ALPACA, ALPACA.replace("'\\n\\n'", "' END'"))) {
            for (List<String> special : List.of(PLAIN, CHAT_ML)) {
                ModelDirectory.write(directory, special, template);
                try (SampleTokenizer tokenizer = SampleTokenizer.open(directory, Chats.NOW)) {
                    for (int i = 0; i < 20; i++) {
                        compare(tokenizer, spoken(random));
                    }
                }
            }
        }
    }

    private static List<Message> spoken(Random random) {
        List<String> words = List.of("a", " ", "\n", "<", "<|im_end|>", "###", "é", "b");
        List<Message> messages = new ArrayList<>();
        for (int m = 0; m < 6; m++) {
            String said = "x" + words.get(random.nextInt(words.size()))
                    + words.get(random.nextInt(words.size())) + "y";
            messages.add(say(m % 2 == 0 ? "user" : "assistant", said));
        }
        return messages;
    }

    private static void compare(SampleTokenizer tokenizer, List<Message> messages) {
        Explanation all = explain(tokenizer, messages);
        for (int m = 1; m < messages.size(); m += 2) {
            Explanation last = explain(tokenizer, messages.subList(0, m + 1));
            assertThat(trained(all, m)).isEqualTo(trained(last, m));
        }
    }

    private static String trained(Explanation explanation, int message) {
        StringBuilder trained = new StringBuilder();
        for (TrainedSpan span : explanation.trained()) {
            if (span.rule().equals("assistant's turn messages[" + message + "]")) {
                trained.append(explanation.text(), span.from(), span.to());
            }
        }
        return trained.toString();
    }

    private Explanation explain(List<String> special, String template, Message... messages)
            throws IOException {
        return (Explanation) Chats.explain(directory, special, template, Map.of(), messages);
    }

    private static Explanation explain(SampleTokenizer tokenizer, List<Message> messages) {
        return (Explanation)
                tokenizer.explain(new Conversation(Optional.empty(), messages, Map.of()), 1 << 20);
    }
}
