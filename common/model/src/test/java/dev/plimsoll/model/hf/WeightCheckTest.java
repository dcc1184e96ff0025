package dev.plimsoll.model.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Weights that are not those that config.json describes. */
class WeightCheckTest {

    private static final String HEAD = "lm_head.weight";
    private static final String LAYER = "model.layers.0.";

    @TempDir
    private Path directory;

    private Path model;

    @ParameterizedTest
    @EnumSource
    void a_model_of_each_family_has_what_its_config_calls_for(ModelFamily family) {
        LlamaConfig config = create(family, true);
        assertThat(WeightCheck.require(model)).isEqualTo(config);
        assertThat(ModelRemarks.of(model)).isEmpty();
    }

    @Test
    void a_tied_head_may_lie_beside_the_embedding_as_a_copy() throws IOException {
        create(ModelFamily.LLAMA, true);
        add(head(0));
        assertThat(WeightCheck.require(model).tiedEmbeddings()).isTrue();
        assertThat(ModelRemarks.of(model)).isEmpty();
    }

    @Test
    void a_tied_head_with_values_of_its_own_is_refused() throws IOException {
        create(ModelFamily.LLAMA, true);
        add(head(1));
        assertThatThrownBy(() -> WeightCheck.require(model))
                .isInstanceOf(ModelException.class)
                .hasMessage(model.resolve("config.json")
                        + " ties the head to the embedding (tie_word_embeddings), but"
                        + " lm_head.weight in " + model.resolve(WeightFiles.SINGLE)
                        + " is another; set tie_word_embeddings to false to train with it, or"
                        + " remove lm_head.weight");
        config(json ->
                json.replace("\"tie_word_embeddings\" : true", "\"tie_word_embeddings\" : false"));
        assertThat(WeightCheck.require(model).tiedEmbeddings()).isFalse();
    }

    @Test
    void the_shard_with_the_other_head_is_named() throws IOException {
        create(ModelFamily.LLAMA, true);
        List<TensorData> tensors = weights();
        Files.delete(model.resolve(WeightFiles.SINGLE));
        SafetensorsWriter.write(model.resolve("a.safetensors"), tensors);
        SafetensorsWriter.write(model.resolve("b.safetensors"), List.of(other(HEAD, Dtype.BF16)));
        Files.writeString(
                model.resolve(WeightFiles.INDEX),
                "{\"weight_map\": {\"model.norm.weight\": \"a.safetensors\", \"" + HEAD
                        + "\": \"b.safetensors\"}}");
        assertThatThrownBy(() -> WeightCheck.require(model))
                .hasMessageContaining("lm_head.weight in " + model.resolve("b.safetensors"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            LLAMA   | self_attn.q_proj.bias   | attention_bias true makes use of it
            QWEN3   | self_attn.o_proj.bias   | attention_bias true makes use of it
            MISTRAL | self_attn.v_proj.bias   | a model of type 'mistral' has none, one of type 'll
            QWEN2   | self_attn.o_proj.bias   | a model of type 'qwen2' has none, one of type 'llam
            LLAMA   | mlp.up_proj.bias        | biases are supported in attention only
            LLAMA   | self_attn.q_norm.weight | model_type 'qwen3' has norms of queries and keys
            LLAMA   | self_attn.sinks         | config.json has no place for; give the config.json
            """)
    void a_tensor_of_a_layer_without_a_place_is_refused(
            ModelFamily family, String tensor, String use) throws IOException {
        create(family, false);
        add(other(LAYER + tensor, Dtype.F32));
        assertThatThrownBy(() -> WeightCheck.require(model))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(model + " has tensor " + LAYER + tensor + ", which its")
                .hasMessageContaining(use)
                .hasMessageEndingWith("weights without it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.layers.2.mlp.up_proj.weight", "model.layers.02.x"})
    void a_layer_beyond_the_last_is_refused(String name) throws IOException {
        create(ModelFamily.LLAMA, false);
        add(other(name, Dtype.F32));
        assertThatThrownBy(() -> WeightCheck.require(model))
                .hasMessageContaining("has tensor " + name + ", but its config.json has"
                        + " num_hidden_layers 2, counted from 0")
                .hasMessageContaining("without further layers");
    }

    @Test
    void biases_with_attention_bias_have_their_place() {
        LlamaConfig config = config(ModelFamily.LLAMA, false)
                .with(new Architecture(ModelFamily.LLAMA, true, SlidingWindow.NONE));
        create(config);
        assertThat(WeightCheck.require(model)).isEqualTo(config);
        assertThat(ModelRemarks.of(model)).isEmpty();
    }

    @Test
    void what_is_in_no_layer_or_computed_is_told_once() throws IOException {
        create(ModelFamily.LLAMA, false);
        add(
                other("v_head.weight", Dtype.I64),
                other("a.weight", Dtype.F32),
                other("model.rotary_emb.inv_freq", Dtype.F32),
                other(LAYER + "self_attn.rotary_emb.inv_freq", Dtype.F32));
        WeightCheck.require(model);
        assertThat(ModelRemarks.of(model))
                .singleElement()
                .isEqualTo(model + " has tensors that a LlamaForCausalLM of its config.json has no"
                        + " place for: a.weight, " + LAYER + "self_attn.rotary_emb.inv_freq,"
                        + " model.rotary_emb.inv_freq and 1 more. Transformers does not look at"
                        + " them, and neither does Plimsoll");
    }

    @Test
    void a_quantized_weight_is_told_before_what_helps_to_read_it() throws IOException {
        create(ModelFamily.LLAMA, false);
        String weight = LAYER + "mlp.up_proj.weight";
        List<TensorData> tensors = new ArrayList<>(weights());
        tensors.removeIf(tensor -> tensor.name().equals(weight));
        tensors.add(zeros(weight, Dtype.F8_E4M3, 24, 16));
        tensors.add(other(weight + "_scale_inv", Dtype.F32));
        SafetensorsWriter.write(model.resolve(WeightFiles.SINGLE), tensors);
        assertThatThrownBy(() -> WeightCheck.require(model))
                .hasMessageContaining(weight + " has elements of type float8_e4m3fn")
                .hasMessageContaining("give an unquantized model");
    }

    @Test
    void what_the_config_calls_for_must_be_there() throws IOException {
        create(ModelFamily.LLAMA, true);
        config(json -> json.replace("true", "false"));
        assertThatThrownBy(() -> WeightCheck.require(model))
                .hasMessageContaining("has no tensor lm_head.weight");
    }

    @Test
    void attention_dropout_is_told() throws IOException {
        create(ModelFamily.LLAMA, false);
        config(json -> json.replace("\"attention_dropout\" : 0.0", "\"attention_dropout\" : 0.1"));
        assertThat(ModelRemarks.of(model))
                .containsExactly(model.resolve("config.json") + " has attention_dropout 0.1."
                        + " Plimsoll has no dropout: it trains without");
    }

    private static LlamaConfig config(ModelFamily family, boolean tied) {
        RopeSettings rope = new RopeSettings(10_000, null);
        return new LlamaConfig(16, 24, 2, 2, 1, 8, 32, 1e-5, rope, tied, 64, "float32")
                .with(new Architecture(family, false, SlidingWindow.NONE));
    }

    private LlamaConfig create(ModelFamily family, boolean tied) {
        return create(config(family, tied));
    }

    private LlamaConfig create(LlamaConfig config) {
        model = directory.resolve("model");
        RandomModel.create(model, config, 1, Dtype.F32, List.of());
        return config;
    }

    private void config(UnaryOperator<String> change) throws IOException {
        Path file = model.resolve("config.json");
        String json = Files.readString(file);
        assertThat(change.apply(json)).isNotEqualTo(json);
        Files.writeString(file, change.apply(json));
    }

    private void add(TensorData... more) throws IOException {
        List<TensorData> tensors = new ArrayList<>(weights());
        tensors.addAll(List.of(more));
        SafetensorsWriter.write(model.resolve(WeightFiles.SINGLE), tensors);
    }

    private List<TensorData> weights() {
        try (WeightFiles files = WeightFiles.open(model)) {
            return files.tensors().values().stream()
                    .map(view -> TensorData.floats(view.name(), view.shape(), view.toFloats(), 0))
                    .toList();
        }
    }

    /** The embedding, with something added to its last value. */
    private TensorData head(float more) {
        try (WeightFiles files = WeightFiles.open(model)) {
            float[] values = files.tensor("model.embed_tokens.weight", 32, 16).toFloats();
            values[values.length - 1] += more;
            return TensorData.floats(HEAD, new long[] {32, 16}, values, 0);
        }
    }

    private static TensorData other(String name, Dtype dtype) {
        return zeros(name, dtype, 32, 16);
    }

    private static TensorData zeros(String name, Dtype dtype, long... shape) {
        byte[] bytes = new byte[Math.toIntExact(shape[0] * shape[1]) * dtype.bytes()];
        return new TensorData(name, dtype, shape, out -> out.write(ByteBuffer.wrap(bytes)));
    }
}
