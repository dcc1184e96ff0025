package dev.plimsoll.model.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Rotary positions against Transformers: golden/rope.json, made by src/test/golden/make_rope.py.
 */
class RopeTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String QWEN = """
            "model_type": "qwen3", "hidden_size": 32, "intermediate_size": 48,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
            "vocab_size": 64,
            "max_position_embeddings": 256""";
    private static final String WINDOW = """
            , "use_sliding_window": true, "sliding_window": 8, "layer_types":
            ["full_attention", "sliding_attention"], "rope_parameters": """;

    @TempDir
    private Path directory;

    static Stream<Arguments> golden() throws IOException {
        try (InputStream in = RopeTest.class.getResourceAsStream("/golden/rope.json")) {
            return StreamSupport.stream(JSON.readTree(in).spliterator(), false)
                    .map(node -> Arguments.of(node.get("name").asText(), node));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("golden")
    void as_transformers_makes_it(String name, JsonNode golden) {
        String json = golden.get("config").toString();
        if (golden.has("refused")) {
            assertThatThrownBy(() -> read(json)).isInstanceOf(ModelException.class);
            return;
        }
        LlamaConfig config = read(json);
        double[] frequencies = config.rope()
                .inverseFrequencies(config.headDim(), golden.get("tokens").asInt());
        JsonNode expected = golden.get("inverseFrequencies");
        assertThat(frequencies).hasSize(expected.size());
        for (int j = 0; j < frequencies.length; j++) {
            assertThat(frequencies[j] / expected.get(j).asDouble()).isEqualTo(1, within(1e-5));
        }
        assertThat(config.rope().attentionScaling())
                .isEqualTo(golden.get("attentionScaling").asDouble(), within(1e-9));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("golden")
    void is_written_and_read_back(String name, JsonNode golden) {
        if (!golden.has("refused")) {
            LlamaConfig config = read(golden.get("config").toString());
            assertThat(read(LlamaConfigJson.write(config))).isEqualTo(config);
        }
    }

    @Test
    void only_dynamic_frequencies_depend_on_the_length() {
        RopeSettings dynamic = new RopeSettings(10_000, new RopeScaling.Dynamic(4, 64));
        assertThat(dynamic.steadyTokens()).isEqualTo(64);
        assertThat(dynamic.inverseFrequencies(32, 64))
                .isEqualTo(new RopeSettings(10_000, null).inverseFrequencies(32));
        assertThat(dynamic.inverseFrequencies(32, 65)[15])
                .isLessThan(dynamic.inverseFrequencies(32)[15]);
        assertThat(new RopeSettings(10_000, new RopeScaling.Linear(4)).steadyTokens())
                .isEqualTo(Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"type\": \"linear\", \"factor\": 4}; 256",
                "{\"type\": \"dynamic\", \"factor\": 4}; 1024",
                "{\"type\": \"yarn\", \"factor\": 4}; 1024",
                "{\"type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 64}; 256"
            })
    void a_scaling_may_reach_beyond_max_position_embeddings(String scaling, int longest) {
        assertThat(read("{" + QWEN + ", \"rope_scaling\": " + scaling + "}").longestSequence())
                .isEqualTo(longest);
    }

    @Test
    void by_layer_type_where_all_layers_have_the_same() {
        String same = "{\"rope_type\": \"linear\", \"factor\": 2, \"rope_theta\": 1e6}";
        RopeSettings expected = new RopeSettings(1e6, new RopeScaling.Linear(2));
        assertThat(nested(", \"rope_parameters\": ", "{\"full_attention\": " + same + "}"))
                .isEqualTo(expected);
        // what no layer is does not matter
        assertThat(nested(
                        ", \"rope_parameters\": ",
                        "{\"full_attention\": " + same + ", \"sliding_attention\": {}}"))
                .isEqualTo(expected);
        assertThat(nested(
                        WINDOW,
                        "{\"full_attention\": " + same + ", \"sliding_attention\": " + same + "}"))
                .isEqualTo(expected);
        assertThat(nested(
                        ", \"rope_theta\": 5e5, \"rope_parameters\": ",
                        "{\"full_attention\": {\"rope_type\": \"default\"}}"))
                .isEqualTo(new RopeSettings(5e5, null));
    }

    static Stream<Arguments> refused() {
        String some = "{\"rope_type\": \"default\", \"rope_theta\": 1e6}";
        return Stream.of(
                Arguments.of(
                        WINDOW + "{\"full_attention\": " + some + ", \"sliding_attention\": "
                                + "{\"rope_type\": \"default\", \"rope_theta\": 1e4}}",
                        "other rotary positions for each layer type"),
                Arguments.of(
                        WINDOW + "{\"full_attention\": " + some + ", \"sliding_attention\": null}",
                        "none for 'sliding_attention'"),
                Arguments.of(
                        ", \"rope_parameters\": {\"sliding_attention\": " + some + "}",
                        "none for 'full_attention'"),
                Arguments.of(
                        ", \"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": []}",
                        "rotary scaling of type 'longrope' in rope_scaling"),
                Arguments.of(
                        ", \"rope_parameters\": {\"rope_type\": \"proportional\"}",
                        "'proportional' in rope_parameters"),
                Arguments.of(
                        ", \"rope_scaling\": {\"type\": \"linear\", \"factor\": \"4\"}",
                        "needs the number factor above 0 in rope_scaling, found \"4\""),
                Arguments.of(
                        ", \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4,"
                                + " \"attention_factor\": 0}",
                        "attention_factor above 0"),
                Arguments.of(
                        ", \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4,"
                                + " \"original_max_position_embeddings\": 0.5}",
                        "must be a number of tokens"),
                Arguments.of(", \"partial_rotary_factor\": 0.5", "turn the whole head"),
                Arguments.of(
                        ", \"rope_parameters\": {\"partial_rotary_factor\": 0.5}",
                        "partial_rotary_factor 0.5 in rope_parameters"),
                Arguments.of(", \"rope_theta\": \"1e6\"", "rope_theta \"1e6\""));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refuses_by_name(String keys, String part) {
        assertThatThrownBy(() -> read("{" + QWEN + keys + "}"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(part)
                .hasMessageContaining("config.json");
    }

    @Test
    void tells_what_transformers_does_not_look_at() throws IOException {
        read("{" + QWEN + """
                , "rope_parameters": {"rope_type": "default", "rope_theta": 1e6},
                "rope_scaling": {"rope_type": "yarn", "factor": 4, "attn_factor": 0.8}}""");
        assertThat(remarks())
                .satisfiesExactly(
                        both -> assertThat(both)
                                .contains("both rope_scaling and rope_parameters")
                                .contains("the base is 10000."),
                        unknown -> assertThat(unknown)
                                .contains("has attn_factor in rope_scaling")
                                .contains("rotary type 'yarn'"));
        read("{" + QWEN + ", \"rope_parameters\": {\"full_attention\": {\"factor\": 2}}}");
        assertThat(remarks())
                .singleElement()
                .asString()
                .contains("has factor in rope_parameters.full_attention");
        read("{" + QWEN + "}");
        assertThat(remarks()).isEmpty();
    }

    private List<String> remarks() throws IOException {
        Path file = directory.resolve("config.json");
        return new RopeJson(JSON.readTree(file.toFile()), file).remarks();
    }

    private RopeSettings nested(String keys, String parameters) {
        return read("{" + QWEN + keys + parameters + "}").rope();
    }

    private LlamaConfig read(String json) {
        try {
            Files.writeString(directory.resolve("config.json"), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return LlamaConfig.read(directory);
    }
}
