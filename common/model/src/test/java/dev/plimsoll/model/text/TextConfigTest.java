package dev.plimsoll.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.samples.ParsedSample.Text;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class TextConfigTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    @BeforeEach
    void aModel() throws IOException {
        ModelDirectory.write(directory, List.of("<s>", "</s>", "<pad>"), null);
    }

    @Test
    void templatesOfFilesGoBeforeThoseOfTheConfiguration() throws IOException {
        configure(tokenizerConfig().put("chat_template", "configured"));
        assertThat(template(false)).isEqualTo("configured");
        Files.writeString(directory.resolve("chat_template.json"), "{\"chat_template\": \"old\"}");
        assertThat(template(false)).isEqualTo("configured");
        Files.writeString(directory.resolve("chat_template.jinja"), "file");
        assertThat(template(true)).isEqualTo("file");
        Path more = Files.createDirectory(directory.resolve("additional_chat_templates"));
        Files.writeString(more.resolve("tool_use.jinja"), "tools");
        assertThat(template(false)).isEqualTo("file");
        assertThat(template(true)).isEqualTo("tools");
    }

    @Test
    void chatTemplateJsonIsTheLastResort() throws IOException {
        Files.writeString(directory.resolve("chat_template.json"), "{\"chat_template\": \"old\"}");
        assertThat(template(false)).isEqualTo("old");
    }

    @Test
    void namedTemplatesAreChosenAsTransformersDoes() throws IOException {
        ObjectNode config = tokenizerConfig();
        config.putArray("chat_template")
                .add(JSON.createObjectNode().put("name", "default").put("template", "plain"))
                .add(JSON.createObjectNode().put("name", "tool_use").put("template", "tools"));
        configure(config);
        assertThat(template(false)).isEqualTo("plain");
        assertThat(template(true)).isEqualTo("tools");
    }

    @Test
    void withoutADefaultItIsSaidWhichThereAre() throws IOException {
        ObjectNode config = tokenizerConfig();
        config.putArray("chat_template")
                .add(JSON.createObjectNode().put("name", "rag").put("template", "x"));
        configure(config);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            assertThat(tokenizer.chatProblem())
                    .hasValueSatisfying(p -> assertThat(p).contains("[rag]"));
        }
    }

    @Test
    void specialTokensAreThoseOfTheConfigurationOrOfTheOldMap() throws IOException {
        ObjectNode config = tokenizerConfig().put("pad_token", "<pad>").put("image_token", "<i>");
        configure(config);
        ModelDirectory.write(
                directory,
                "special_tokens_map.json",
                JSON.createObjectNode().put("eos_token", "<pad>").put("unk_token", "<s>"));
        TextConfig old = TextConfig.read(directory);
        assertThat(old.specialTokens())
                .containsEntry("bos_token", "<s>")
                .containsEntry("eos_token", "<pad>")
                .containsEntry("unk_token", "<s>")
                .containsEntry("image_token", "<i>");
        assertThat(old.endId()).isEqualTo(258);
        config.putObject("added_tokens_decoder");
        configure(config);
        TextConfig now = TextConfig.read(directory);
        assertThat(now.specialTokens())
                .containsEntry("eos_token", "</s>")
                .containsEntry("unk_token", "<s>");
        assertThat(now.endIds()).containsExactly(257);
    }

    @Test
    void aTokenThatTokenizerJsonLacksRefusesTheSampleThatHoldsIt() throws IOException {
        ObjectNode config = tokenizerConfig();
        ObjectNode decoder = config.putObject("added_tokens_decoder");
        decoder.putObject("257").put("content", "</s>").put("special", true);
        decoder.putObject("300").put("content", "<turn>").put("special", true);
        configure(config);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            assertThat(tokenizer.tokenize(new Text(Optional.empty(), "a</s>"), 10))
                    .isInstanceOf(TokenSequence.class);
            assertThat(tokenizer.tokenize(new Text(Optional.empty(), "a<turn>"), 10))
                    .isInstanceOfSatisfying(
                            SampleRefusal.class,
                            r -> assertThat(r.note())
                                    .contains(
                                            "holds '<turn>', a token that tokenizer_config.json"));
        }
    }

    @Test
    void anEndThatTheModelDoesNotHaveIsRefused() throws IOException {
        ObjectNode config = ModelDirectory.read(directory, "config.json");
        ModelDirectory.write(directory, "config.json", config.put("eos_token_id", 999));
        ObjectNode tokenizer = tokenizerConfig();
        tokenizer.remove("eos_token");
        configure(tokenizer);
        assertThatThrownBy(() -> TextConfig.read(directory))
                .isInstanceOf(UnusableTextModelException.class)
                .hasMessageContaining("has id 999")
                .hasMessageContaining("name one that the model has");
    }

    @Test
    void aFileThatIsNoObjectIsNamed() throws IOException {
        Files.writeString(directory.resolve("special_tokens_map.json"), "[]");
        assertThatThrownBy(() -> TextConfig.read(directory))
                .hasMessageContaining("special_tokens_map.json does not hold a JSON object");
    }

    private String template(boolean tools) {
        TemplateSources sources = TextConfig.read(directory).templates();
        return sources.byName().get(sources.chosen(tools)).jinja();
    }

    private ObjectNode tokenizerConfig() throws IOException {
        return ModelDirectory.read(directory, "tokenizer_config.json");
    }

    private void configure(ObjectNode config) throws IOException {
        ModelDirectory.write(directory, "tokenizer_config.json", config);
    }
}
