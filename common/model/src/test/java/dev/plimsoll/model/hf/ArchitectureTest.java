package dev.plimsoll.model.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.shapes.WeightSizes;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What sets the families apart: in published config.json files, in small ones, in random models, in
 * the hash.
 */
class ArchitectureTest {

    private static final String SIZES = """
            "hidden_size": 64, "intermediate_size": 48, "num_hidden_layers": 4,
            "num_attention_heads": 32, "vocab_size": 64""";
    private static final Architecture QWEN2 =
            new Architecture(ModelFamily.QWEN2, false, SlidingWindow.NONE);
    private static final Architecture QWEN3 =
            new Architecture(ModelFamily.QWEN3, false, SlidingWindow.NONE);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            llama-3.1-8b                 | LLAMA   | 0    | 8 | 128 | 8030261248
            deepseek-r1-distill-llama-8b | LLAMA   | 0    | 8 | 128 | 8030261248
            mistral-7b-v0.1              | MISTRAL | 4096 | 8 | 128 | 7241732096
            mistral-7b-v0.3              | MISTRAL | 0    | 8 | 128 | 7248023552
            qwen2.5-7b                   | QWEN2   | 0    | 4 | 128 | 7615616512
            qwen3-8b                     | QWEN3   | 0    | 8 | 128 | 8190735360
            """)
    void a_published_config(
            String name, ModelFamily family, int window, int kv, int headDim, long parameters) {
        LlamaConfig config =
                LlamaConfigJson.read(Path.of("src/test/resources/configs/" + name + ".json"));
        assertThat(config.architecture().family()).isEqualTo(family);
        assertThat(IntStream.range(0, config.layers()).map(config::slidingWindow))
                .containsOnly(window);
        assertThat(config.keyValueHeads()).isEqualTo(kv);
        assertThat(config.headDim()).isEqualTo(headDim);
        assertThat(new WeightSizes(config).parameters()).isEqualTo(parameters);
        assertThat(config.queryKeyValueBias()).isEqualTo(family == ModelFamily.QWEN2);
        assertThat(config.outputBias()).isFalse();
        assertThat(config.queryKeyNorm()).isEqualTo(family == ModelFamily.QWEN3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            mistral-7b | mistral-7b-v0.1
            qwen2.5-7b | qwen2.5-7b
            qwen3-8b   | qwen3-8b
            8b         | llama-3.1-8b
            """)
    void a_named_shape_is_its_namesake(String shape, String name) {
        assertThat(RandomModel.shape(shape))
                .isEqualTo(LlamaConfigJson.read(
                        Path.of("src/test/resources/configs/" + name + ".json")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            llama   | 32 | 2   | 2048   | 0,0,0,0
            mistral | 8  | 2   | 131072 | 4096,4096,4096,4096
            qwen2   | 32 | 2   | 32768  | 0,0,0,0
            qwen3   | 32 | 128 | 32768  | 0,0,0,0
            """)
    void what_is_left_out_has_transformers_defaults(
            String type, int kv, int headDim, int positions, String windows) {
        LlamaConfig config = read(type, "");
        assertThat(config.keyValueHeads()).isEqualTo(kv);
        assertThat(config.headDim()).isEqualTo(headDim);
        assertThat(config.maxPositionEmbeddings()).isEqualTo(positions);
        assertThat(config.rmsNormEps()).isEqualTo(1e-6);
        assertThat(config.rope()).isEqualTo(new RopeSettings(10_000, null));
        assertThat(config.tiedEmbeddings()).isFalse();
        assertThat(windows(config)).isEqualTo(windows);
        assertThat(read(type, "'num_key_value_heads': null").keyValueHeads()).isEqualTo(32);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            mistral | 'sliding_window': 3                                                   | 3,3,3,3
            mistral | 'sliding_window': null                                                | 0,0,0,0
            llama   | 'sliding_window': 3                                                   | 0,0,0,0
            qwen2   | 'sliding_window': 3, 'max_window_layers': 1                           | 0,0,0,0
            qwen2   | 'sliding_window': 3, 'max_window_layers': 1, 'use_sliding_window': true | 0,3,3,3
            qwen3   | 'sliding_window': 3, 'max_window_layers': 0, 'use_sliding_window': true | 3,3,3,3
            qwen2   | 'sliding_window': 3, 'use_sliding_window': true                       | 0,0,0,0
            qwen2   | 'use_sliding_window': true, 'max_window_layers': 3                    | 0,0,0,4096
            qwen3   | 'sliding_window': null, 'max_window_layers': 0, 'use_sliding_window': true | 0,0,0,0
            qwen3   | 'use_sliding_window': true, 'sliding_window': 3, 'layer_types': [S, F, S, F] | 3,0,3,0
            qwen2   | 'use_sliding_window': true, 'sliding_window': 3, 'layer_types': [F, F, F, F] | 0,0,0,0
            mistral | 'sliding_window': 3, 'layer_types': [S, S, S, S]                      | 3,3,3,3
            """)
    void the_window_of_each_layer(String type, String fields, String windows) {
        assertThat(windows(read(type, fields))).isEqualTo(windows);
    }

    @Test
    void attention_bias_is_all_four_projections() {
        for (String type : List.of("llama", "qwen3")) {
            LlamaConfig config = read(type, "'attention_bias': true");
            assertThat(Stream.of(Projection.values()).filter(config::hasBias))
                    .containsExactly(
                            Projection.Q_PROJ,
                            Projection.K_PROJ,
                            Projection.V_PROJ,
                            Projection.O_PROJ);
        }
        assertThat(Stream.of(Projection.values())
                        .filter(read("qwen2", "'attention_bias': true")::hasBias))
                .containsExactly(Projection.Q_PROJ, Projection.K_PROJ, Projection.V_PROJ);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            phi3    |                                              | supported type: 'llama' (LlamaForCausalLM), 'mistral'
            qwen2   | 'architectures': ['Qwen2ForRewardModel']     | (Qwen2ForRewardModel)
            qwen3   | 'mlp_bias': true                             | mlp_bias true
            mistral | 'attention_bias': true                       | attention_bias true
            mistral | 'sliding_window': 0                          | sliding_window 0
            mistral | 'sliding_window': 2.5                        | sliding_window 2.5
            mistral | 'sliding_window': 3, 'layer_types': [S, F, S, S] | layer 1 has full_attention
            llama   | 'layer_types': [F, F, F, S]                  | layer 3 has sliding_attention
            qwen2   | 'layer_types': [F, F, F, S]                  | use_sliding_window must be true
            qwen3   | 'layer_types': [F, F]                        | 2 layer_types for 4 layers
            qwen3   | 'layer_types': [F, F, F, 'chunked_attention'] | type 'chunked_attention'
            """)
    void refuses_in_one_sentence(String type, String fields, String part) {
        assertThatThrownBy(() -> read(type, fields == null ? "" : fields))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(part)
                .hasMessageContaining("config.json");
    }

    @Test
    void what_no_family_has_cannot_be_built() {
        SlidingWindow window = SlidingWindow.everywhere(8);
        assertThatThrownBy(() -> new Architecture(ModelFamily.LLAMA, false, window))
                .hasMessageContaining("LLAMA");
        assertThatThrownBy(() -> new Architecture(ModelFamily.MISTRAL, true, window))
                .hasMessageContaining("true");
        assertThatThrownBy(() -> new Architecture(ModelFamily.QWEN2, true, window))
                .hasMessageContaining("QWEN2");
        assertThatThrownBy(() ->
                        new Architecture(ModelFamily.MISTRAL, false, SlidingWindow.from(1, 8)))
                .hasMessageContaining("[0]");
        assertThatThrownBy(() -> new SlidingWindow(0, new TreeSet<>(Set.of(1))))
                .hasMessageContaining("[1]");
        assertThatThrownBy(() -> SlidingWindow.everywhere(-1)).hasMessageContaining("-1");
    }

    static Stream<Architecture> architectures() {
        return Stream.of(
                Architecture.LLAMA,
                new Architecture(ModelFamily.LLAMA, true, SlidingWindow.NONE),
                new Architecture(ModelFamily.MISTRAL, false, SlidingWindow.NONE),
                new Architecture(ModelFamily.MISTRAL, false, SlidingWindow.everywhere(8)),
                QWEN2,
                new Architecture(ModelFamily.QWEN2, false, SlidingWindow.from(1, 8)),
                QWEN3,
                new Architecture(
                        ModelFamily.QWEN3,
                        true,
                        new SlidingWindow(8, new TreeSet<>(Set.of(0, 2)))));
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void a_random_model_is_read_back_as_what_it_is(Architecture architecture) {
        LlamaConfig shape = shape(architecture);
        RandomModel.create(directory.resolve("model"), shape, 3, Dtype.F32, List.of());
        assertThat(LlamaConfig.read(directory.resolve("model"))).isEqualTo(shape);
        try (WeightFiles checkpoint = WeightFiles.open(directory.resolve("model"))) {
            long values = checkpoint.tensors().values().stream()
                    .mapToLong(tensor -> tensor.toFloats().length)
                    .sum();
            assertThat(values).isEqualTo(new WeightSizes(shape).parameters());
            String attention = "model.layers.2.self_attn.";
            for (Projection p : EnumSet.range(Projection.Q_PROJ, Projection.O_PROJ)) {
                String bias = attention + p.moduleName() + ".bias";
                assertThat(checkpoint.has(bias)).isEqualTo(shape.hasBias(p));
                if (shape.hasBias(p)) {
                    float[] noise =
                            checkpoint.tensor(bias, shape.outFeatures(p)).toFloats();
                    assertThat(noise).doesNotContain(0f).doesNotHaveDuplicates();
                    assertThat(noise[0]).isBetween(-0.04f, 0.04f);
                }
            }
            assertThat(checkpoint.has(attention + "k_norm.weight")).isEqualTo(shape.queryKeyNorm());
            if (shape.queryKeyNorm()) {
                assertThat(checkpoint.tensor(attention + "q_norm.weight", 12).toFloats())
                        .containsOnly(1f);
                assertThat(checkpoint.tensor(attention + "k_norm.weight", 12).toFloats())
                        .containsOnly(1f);
            }
        }
    }

    @Test
    void every_architecture_has_a_hash_of_its_own() {
        assertThat(architectures().map(this::hash)).doesNotHaveDuplicates();
    }

    /**
     * Runs and adapters name their base by this hash; it changed once, when pieces came to be
     * hashed on all cores.
     */
    @Test
    void the_built_in_llama_keeps_its_hash() {
        assertThat(ModelHash.of(Path.of("tiny-llama")))
                .isEqualTo("06c68ce7b731fcf45272bd145e673683cc694aed674ccc4489e3eca10a8294c0");
    }

    @Test
    void an_adapter_is_laid_out_alike_in_every_family() {
        LoraSettings lora = new LoraSettings(4, 8, false, EnumSet.allOf(Projection.class));
        AdapterLayout layout = new AdapterLayout(shape(Architecture.LLAMA), lora);
        assertThat(architectures().map(a -> new AdapterLayout(shape(a), lora).slots()))
                .allMatch(layout.slots()::equals);
    }

    private String hash(Architecture architecture) {
        Path model = directory.resolve(String.valueOf(architecture.hashCode()));
        RandomModel.create(model, shape(architecture), 3, Dtype.F32, List.of());
        return ModelHash.of(model);
    }

    private static LlamaConfig shape(Architecture architecture) {
        return new LlamaConfig(
                        32,
                        40,
                        3,
                        4,
                        2,
                        12,
                        64,
                        1e-5,
                        new RopeSettings(10_000, null),
                        true,
                        256,
                        "float32")
                .with(architecture);
    }

    private static String windows(LlamaConfig config) {
        return String.join(
                ",",
                IntStream.range(0, config.layers())
                        .mapToObj(layer -> String.valueOf(config.slidingWindow(layer)))
                        .toList());
    }

    /** Fields in single quotes; F and S are the two types of layers. */
    private LlamaConfig read(String type, String fields) {
        String json = fields.replace("F,", "'full_attention',")
                .replace("F]", "'full_attention']")
                .replace("S,", "'sliding_attention',")
                .replace("S]", "'sliding_attention']")
                .replace('\'', '"');
        String head = "{\"model_type\": \"" + type + "\", " + SIZES + (json.isEmpty() ? "" : ", ");
        try {
            Files.writeString(directory.resolve("config.json"), head + json + "}");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return LlamaConfig.read(directory);
    }
}
