package dev.plimsoll.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A template in a file of its own, as people's editors write it. */
class TemplateFileTest {

    private static final String TEMPLATE = """
            {{ bos_token }}first
            line
            {% for m in messages %}
              {% if m.role == 'user' %}
            Q: {{ m.content }}
              {% else %}
            A: {{ m.content + '|
            |' }}{{ eos_token }}

              {% endif %}
            {% endfor %}
            """;

    /**
     * What Jinja2 3.1.6 writes of it, with trim_blocks and lstrip_blocks as Transformers has them,
     * up to the end token: every line's end in the template is a line feed, also in its strings.
     * What stands in messages stays.
     */
    private static final String RENDERED = "<s>first\nline\nQ: a\r\nb\nA: c\rd|\n|</s>";

    @TempDir
    Path directory;

    @Test
    void endsOfLinesAreAsInJinja() throws IOException {
        for (String end : List.of("\n", "\r\n", "\r")) {
            ModelDirectory.write(directory, List.of("<s>", "</s>", "<pad>"), null);
            Files.writeString(
                    directory.resolve("chat_template.jinja"), TEMPLATE.replace("\n", end));

            assertThat(text()).isEqualTo(RENDERED);
        }
    }

    private String text() {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            ExplainOutcome outcome = tokenizer.explain(
                    new Conversation(
                            Optional.empty(),
                            List.of(
                                    new Message("user", "a\r\nb"),
                                    new Message("assistant", "c\rd")),
                            Map.of()),
                    100);
            assertThat(outcome).isInstanceOf(Explanation.class);
            return ((Explanation) outcome).text();
        }
    }
}
