package dev.plimsoll.model.text;

import static dev.plimsoll.model.text.Chats.CHAT_ML;
import static dev.plimsoll.model.text.Chats.TOOLS;
import static dev.plimsoll.model.text.Chats.calling;
import static dev.plimsoll.model.text.Chats.say;
import static dev.plimsoll.model.text.Chats.with;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.ParsedSample.Message;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Fields that come in two forms, and templates that know one of them. */
class ChatFormsTest {

    private static final Map<String, Object> PART = Map.of("type", "text", "text", "hello");

    @TempDir
    Path directory;

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

    /** OpenAI's form of a call has content null. */
    @Test
    void contentOfNullBesideACallIsEmptyWhereTheTemplateCannotWriteNull() throws IOException {
        Message silent = calling(null, Map.of("city", "Paris"));
        String right = "«\n<tool_call>\n{\"name\": \"look\", \"arguments\": "
                + "{\"city\": \"Paris\"}}\n</tool_call><|im_end|>»";
        for (String content : List.of("(m.content or '')", "m.content", "(m.content ~ '')")) {
            String template = TOOLS.replace("(m.content or '')", content);
            assertThat(shown(template, say("user", "q"), silent)).as(content).endsWith(right);
        }
    }

    @Test
    void argumentsAreReadFirstWhereTheTemplateGoesThroughThem() throws IOException {
        String raw = TOOLS.replace(
                "{{- call.function.arguments|tojson }}",
                "{%- if call.function.arguments is mapping %}"
                        + "{%- for k, v in call.function.arguments.items() %}{{- k + '=' + v }}"
                        + "{% endfor %}{% else %}{{- 'raw=' + call.function.arguments }}"
                        + "{% endif %}");
        assertThat(shown(raw, say("user", "q"), calling("", "{\"city\":\"Paris\"}")))
                .contains("\"arguments\": city=Paris}");
    }

    @Test
    void argumentsThatAreNoObjectStayAsTheyAre() throws IOException {
        String plain = TOOLS.replace("call.function.arguments|tojson", "call.function.arguments");
        assertThat(shown(plain, say("user", "q"), calling("", "{broken")))
                .contains("\"arguments\": {broken}");
        assertThat(shown(TOOLS, say("user", "q"), calling("", "{}")))
                .contains("\"arguments\": {}}");
    }

    /** As json.dumps: numbers, escapes and spaces. */
    @Test
    void argumentsGivenAsAnObjectAreWrittenAsTojsonWritesThem() throws IOException {
        Random random = new Random(11);
        List<Object> numbers = new ArrayList<>(
                List.of(15000000.5, 0.0005, 1e16, 0.00001, -0.0, 1.0, 7L, BigInteger.TWO.pow(70)));
        for (int i = 0; i < 500; i++) {
            double any = Double.longBitsToDouble(random.nextLong());
            numbers.add(Double.isFinite(any) ? any : random.nextGaussian());
            numbers.add(Math.scalb(random.nextGaussian(), random.nextInt(120) - 60));
        }
        Map<String, Object> arguments = Map.of(
                "numbers",
                numbers,
                "text",
                "<é>&'\"\\/ \u0001\u001f\u007f\u2028😀\n\t",
                "ключ",
                Arrays.asList(null, true, Map.of(), List.of()));
        String joining = TOOLS.replace(
                "call.function.arguments|tojson }}", "'' + call.function.arguments }}");
        String written = shown(joining, say("user", "q"), calling("", arguments));
        assertThat(written)
                .contains("\"numbers\": [15000000.5, 0.0005, 1e+16, 1e-05, -0.0, 1.0, 7, ")
                .contains("\"text\": \"<é>&'")
                .isEqualTo(shown(TOOLS, say("user", "q"), calling("", arguments)));
    }

    /** A template takes values of a certain depth; a string it takes at any. */
    @Test
    void argumentsThatAreDeeperThanATemplateTakesAreWritten() throws IOException {
        Object deep = 0.0005;
        for (int i = 0; i < 300; i++) {
            deep = List.of(deep);
        }
        String joining = TOOLS.replace(
                "call.function.arguments|tojson }}", "'' + call.function.arguments }}");
        assertThat(shown(joining, say("user", "q"), calling("", Map.of("deep", deep))))
                .contains("[[0.0005]]");
    }

    @Test
    void oneTextPartIsAStringWhereTheTemplateKnowsNoParts() throws IOException {
        Message user = with(say("user", ""), "content", List.of(PART));
        assertThat(shown(TOOLS, user, say("assistant", "a")))
                .isEqualTo("<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"
                        + "«a<|im_end|>»");
        String printing = TOOLS.replace("(m.content or '')", "(m.content|string)");
        assertThat(shown(printing, user, say("assistant", "a"))).contains("user\nhello<|im_end|>");
    }

    @Test
    void severalPartsGoToTemplatesThatKnowThem() throws IOException {
        Message user = with(say("user", ""), "content", List.of(PART, PART));
        assertThat(shown(
                        TOOLS.replace("(m.content or '')", "(m.content|string)"),
                        user,
                        say("assistant", "a")))
                .contains("writes messages[0].content as a list, not its text");
        String parts = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}"
                + "{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content %}"
                + "{{ p.text }}{% endfor %}{% endif %}{{ '<|im_end|>\\n' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
        Message assistant = with(say("assistant", ""), "content", List.of(PART));
        assertThat(shown(parts, user, assistant))
                .isEqualTo("<|im_start|>user\nhellohello<|im_end|>\n<|im_start|>assistant\n"
                        + "«hello<|im_end|>»");
    }

    /** Hermes writes several tool results as one turn by looking at the neighbours. */
    @Test
    void toolTurnsKeepTheirHeader() throws IOException {
        String hermes = TOOLS.replace(
                "{{- '<|im_start|>' + m.role + '\\n' + (m.content or '') }}",
                "{%- if m.role == 'tool' %}"
                        + "{%- if loop.previtem and loop.previtem.role != 'tool' %}"
                        + "{{- '<|im_start|>tool\\n' }}{% endif %}"
                        + "{{- '<tool_response>' + m.content + '</tool_response>' }}"
                        + "{%- else %}{{- '<|im_start|>' + m.role + '\\n' + (m.content or '') }}"
                        + "{% endif %}");
        assertThat(shown(
                        hermes,
                        say("user", "q"),
                        calling("", Map.of("x", "1")),
                        say("tool", "sunny"),
                        say("assistant", "a")))
                .contains("<|im_start|>tool\n<tool_response>sunny</tool_response>")
                .endsWith("«a<|im_end|>»");
    }

    /** gpt-oss writes a called function's name in the header of its result, too. */
    @Test
    void aNameInTheNextHeaderIsNotOfTheTurn() throws IOException {
        String named = "{% set ns = namespace(name='') %}{% for m in messages %}"
                + "{{ '<|im_start|>' }}"
                + "{% if m.role == 'tool' %}{{ 'functions.' + ns.name + '\\n' + m.content }}"
                + "{% elif m.tool_calls %}{% set ns.name = m.tool_calls[0].function.name %}"
                + "{{ m.role + ' to ' + ns.name + '\\n' }}"
                + "{{ m.tool_calls[0].function.arguments|tojson }}"
                + "{% else %}{{ m.role + '\\n' + m.content }}{% endif %}"
                + "{{ '<|im_end|>' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|im_start|>assistant' }}{% endif %}";
        for (Object arguments : List.of(Map.of("x", "1"), Map.of("n", 2L), Map.of())) {
            String shown = shown(
                    named,
                    say("user", "q"),
                    calling("", arguments),
                    say("tool", "sunny"),
                    calling("", arguments),
                    say("tool", "rain"),
                    say("assistant", "a"));
            assertThat(shown)
                    .startsWith("<|im_start|>user\nq<|im_end|><|im_start|>assistant« to look\n")
                    .contains("}<|im_end|>»<|im_start|>functions.look\nsunny<|im_end|>")
                    .contains("}<|im_end|>»<|im_start|>functions.look\nrain<|im_end|>")
                    .endsWith("<|im_start|>assistant«\na<|im_end|>»");
        }
    }

    @Test
    void anAnswerInJsonIsNotTakenForAShortenedOne() throws IOException {
        String json =
                "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + (m.content|tojson)"
                        + " + '<|im_end|>' }}{% endfor %}"
                        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
                        + "{% endif %}";
        assertThat(shown(json, say("user", "q"), say("assistant", "say \"a\"")))
                .endsWith("«\"say \\\"a\\\"\"<|im_end|>»");
    }

    private String shown(String template, Message... messages) throws IOException {
        return shown(CHAT_ML, template, messages);
    }

    private String shown(List<String> special, String template, Message... messages)
            throws IOException {
        return Shown.of(Chats.explain(directory, special, template, Map.of(), messages));
    }
}
