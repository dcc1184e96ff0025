package dev.plimsoll.model.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which file of a model directory counts, and what may lie beside the weights. */
class WeightFilesTest {

    private static final LlamaConfig CONFIG = new LlamaConfig(
            16, 24, 1, 2, 1, 8, 32, 1e-5, new RopeSettings(10_000, null), false, 64, "float32");
    private static final String NORM = "model.norm.weight";

    @TempDir
    private Path directory;

    private Path model;

    @BeforeEach
    void create() {
        model = directory.resolve("model");
        RandomModel.create(model, CONFIG, 1, Dtype.F32, List.of());
    }

    @Test
    void model_safetensors_goes_before_an_index_of_older_shards() throws IOException {
        String hash = ModelHash.of(model);
        write("model-00001-of-00001.safetensors", List.of(norm(42)));
        index("{\"weight_map\": {\"" + NORM + "\": \"model-00001-of-00001.safetensors\"}}");
        assertThat(ModelHash.of(model)).isEqualTo(hash);
        try (WeightFiles files = WeightFiles.open(model)) {
            assertThat(files.tensor(NORM, 16).at(0)).isNotEqualTo(42);
        }
        assertThat(ModelRemarks.of(model))
                .singleElement()
                .asString()
                .contains("both model.safetensors and model.safetensors.index.json")
                .contains("the index is not looked at");
        index("{");
        assertThat(ModelHash.of(model)).isEqualTo(hash);
        assertThat(ModelRemarks.of(model)).hasSize(1);
    }

    @Test
    void an_index_of_this_one_file_is_not_stale() throws IOException {
        index("{\"weight_map\": {\"" + NORM + "\": \"model.safetensors\"}}");
        assertThat(ModelRemarks.of(model)).isEmpty();
    }

    @Test
    void what_is_missing_is_told_with_the_index_that_may_have_it() throws IOException {
        write(WeightFiles.SINGLE, List.of(norm(1)));
        index("{\"weight_map\": {\"lm_head.weight\": \"model-00001-of-00001.safetensors\"}}");
        try (WeightFiles files = WeightFiles.open(model)) {
            assertThatThrownBy(() -> files.tensor("lm_head.weight", 32, 16))
                    .hasMessageContaining("has no tensor lm_head.weight")
                    .hasMessageContaining("Remove the one that is not meant");
        }
    }

    @Test
    void the_index_says_which_of_two_shards_counts() throws IOException {
        Files.delete(model.resolve(WeightFiles.SINGLE));
        write("a.safetensors", List.of(norm(1), bool()));
        write("b.safetensors", List.of(norm(2), other("lm_head.weight", Dtype.F32)));
        index("{\"weight_map\": {\"" + NORM + "\": \"a.safetensors\","
                + " \"lm_head.weight\": \"b.safetensors\"}}");
        try (WeightFiles files = WeightFiles.open(model)) {
            assertThat(files.tensor(NORM, 16).at(0)).isEqualTo(1);
            assertThat(files.tensors()).containsOnlyKeys(NORM, "lm_head.weight", "model.mask");
        }
    }

    @Test
    void tensors_that_no_model_has_may_be_of_any_type() throws IOException {
        List<TensorData> tensors = new ArrayList<>(weights());
        tensors.add(bool());
        tensors.add(other("model.layers.0.self_attn.rotary_emb.inv_freq", Dtype.I64));
        write(WeightFiles.SINGLE, tensors);
        assertThat(ModelHash.of(model)).hasSize(64);
        try (WeightFiles files = WeightFiles.open(model)) {
            assertThat(files.has("model.mask")).isTrue();
            assertThat(files.tensor(NORM, 16).dtype()).isEqualTo(Dtype.F32);
        }
    }

    @Test
    void weights_of_another_type_are_refused_by_name() throws IOException {
        write(WeightFiles.SINGLE, List.of(other(NORM, Dtype.F8_E4M3)));
        try (WeightFiles files = WeightFiles.open(model)) {
            assertThatThrownBy(() -> files.tensor(NORM, 16))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(NORM + " has elements of type float8_e4m3fn")
                    .hasMessageContaining("give an unquantized model");
        }
    }

    private List<TensorData> weights() {
        try (WeightFiles files = WeightFiles.open(model)) {
            return files.tensors().values().stream()
                    .map(view -> TensorData.floats(view.name(), view.shape(), view.toFloats(), 0))
                    .toList();
        }
    }

    private void index(String json) throws IOException {
        Files.writeString(model.resolve(WeightFiles.INDEX), json);
    }

    private void write(String name, List<TensorData> tensors) throws IOException {
        SafetensorsWriter.write(model.resolve(name), tensors);
    }

    private static TensorData norm(float value) {
        float[] values = new float[16];
        Arrays.fill(values, value);
        return TensorData.floats(NORM, new long[] {16}, values, 0);
    }

    private static TensorData bool() {
        return other("model.mask", Dtype.BOOL);
    }

    private static TensorData other(String name, Dtype dtype) {
        byte[] bytes = new byte[16 * dtype.bytes()];
        return new TensorData(
                name, dtype, new long[] {16}, out -> out.write(ByteBuffer.wrap(bytes)));
    }
}
