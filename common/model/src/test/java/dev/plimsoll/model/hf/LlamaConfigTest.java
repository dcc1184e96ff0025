package dev.plimsoll.model.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.shapes.WeightSizes;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

class LlamaConfigTest {

    private static final String SIZES = """
            "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32,
            "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
            "vocab_size": 64, "rms_norm_eps": 1e-5""";

    @TempDir
    private Path directory;

    @Test
    void the_older_spelling() {
        LlamaConfig config = read(SIZES + """
                , "num_key_value_heads": 2, "rope_theta": 500000.0, "torch_dtype": "bfloat16",
                "tie_word_embeddings": true, "max_position_embeddings": 131072,
                "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}""");
        assertThat(config)
                .isEqualTo(new LlamaConfig(
                        32,
                        48,
                        2,
                        4,
                        2,
                        8,
                        64,
                        1e-5,
                        new RopeSettings(500_000, new RopeScaling.Llama3(8, 1, 4, 8192)),
                        true,
                        131_072,
                        "bfloat16"));
    }

    @Test
    void the_spelling_of_transformers_5() {
        LlamaConfig config = read(SIZES + """
                , "num_key_value_heads": 4, "head_dim": 16, "dtype": "float32",
                "rope_parameters": {"rope_type": "default", "rope_theta": 20000.0}""");
        assertThat(config.rope()).isEqualTo(new RopeSettings(20_000, null));
        assertThat(config.torchDtype()).isEqualTo("float32");
        assertThat(config.inFeatures(Projection.O_PROJ)).isEqualTo(64);
        assertThat(config.outFeatures(Projection.Q_PROJ)).isEqualTo(64);
    }

    @Test
    void what_is_left_out_has_transformers_defaults() {
        LlamaConfig config = read(SIZES + ", \"rope_scaling\": null");
        assertThat(config.keyValueHeads()).isEqualTo(4);
        assertThat(config.headDim()).isEqualTo(8);
        assertThat(config.rope()).isEqualTo(new RopeSettings(10_000, null));
        assertThat(config.tiedEmbeddings()).isFalse();
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("\"model_type\": \"gemma2\"", "model of type 'gemma2' (no class)"),
                Arguments.of(
                        SIZES.replace("\"llama\"", "\"qwen3\""),
                        "model of type 'qwen3' (LlamaForCausalLM)"),
                Arguments.of(
                        SIZES.replace("LlamaForCausalLM", "LlamaForTokens"), "(LlamaForTokens)"),
                Arguments.of(SIZES + ", \"mlp_bias\": true", "mlp_bias true"),
                Arguments.of(SIZES + ", \"hidden_act\": \"gelu\"", "hidden_act 'gelu'"),
                Arguments.of(
                        SIZES + ", \"is_causal\": false",
                        "is_causal false; only causal models are supported"),
                Arguments.of(SIZES + ", \"is_causal\": null", "is_causal null"),
                Arguments.of(SIZES + ", \"quantization_config\": {\"bits\": 4}", "unquantized"),
                Arguments.of(SIZES + ", \"pretraining_tp\": 2", "pretraining_tp 2"),
                Arguments.of(
                        SIZES + ", \"rope_scaling\": {\"type\": \"longrope\"}",
                        "rotary scaling of type 'longrope'"),
                Arguments.of(
                        SIZES + ", \"rope_scaling\": {\"rope_type\": \"llama3\"}",
                        "needs the number factor"),
                Arguments.of(SIZES + ", \"num_key_value_heads\": 3", "must be a multiple"),
                Arguments.of(SIZES + ", \"head_dim\": 7", "head_dim is 7"),
                Arguments.of(
                        SIZES.replace("\"hidden_size\": 32,", ""),
                        "hidden_size must be a whole number"),
                Arguments.of(SIZES.replace("64", "0"), "vocab_size is 0"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refuses_in_one_sentence(String json, String part) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(part)
                .hasMessageContaining("config.json");
    }

    @Test
    void refuses_what_is_missing_or_not_json() throws IOException {
        assertThatThrownBy(() -> LlamaConfig.read(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("does not exist");
        Files.writeString(directory.resolve("config.json"), "{");
        assertThatThrownBy(() -> LlamaConfig.read(directory))
                .hasMessageContaining("not valid JSON");
        Files.writeString(directory.resolve("config.json"), "[]");
        assertThatThrownBy(() -> LlamaConfig.read(directory))
                .hasMessageContaining("not a JSON object");
    }

    @Test
    void llama3_scaling_keeps_short_wavelengths_and_stretches_long_ones() {
        double[] plain = new RopeSettings(500_000, null).inverseFrequencies(128);
        double[] scaled = new RopeSettings(500_000, new RopeScaling.Llama3(8, 1, 4, 8192))
                .inverseFrequencies(128);
        assertThat(scaled[0]).isEqualTo(plain[0]).isEqualTo(1.0);
        assertThat(scaled[63]).isEqualTo(plain[63] / 8);
        assertThat(scaled).hasSize(64);
        for (int j = 0; j < 64; j++) {
            assertThat(scaled[j]).isBetween(plain[j] / 8, plain[j]);
        }
    }

    @Test
    void named_shapes_have_their_known_sizes() {
        assertThat(new WeightSizes(RandomModel.shape("8b")).parameters()).isEqualTo(8_030_261_248L);
        assertThat(new WeightSizes(RandomModel.shape("tiny")).parameters())
                .isBetween(900_000L, 1_100_000L);
        assertThat(new WeightSizes(RandomModel.shape("70b")).parameters())
                .isEqualTo(70_553_706_496L);
        assertThatThrownBy(() -> RandomModel.shape("80b"))
                .hasMessageContaining("1b, 70b, 8b, mistral-7b, qwen2.5-7b, qwen3-8b, small, tiny");
    }

    private LlamaConfig read(String fields) {
        try {
            Files.writeString(directory.resolve("config.json"), "{" + fields + "}");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return LlamaConfig.read(directory);
    }
}
