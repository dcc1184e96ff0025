package dev.plimsoll.model.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.files.OwnDirectory;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;

/** The canonical order, PEFT's directory, and the identity of a model. */
class AdapterTest {

    private static final LlamaConfig CONFIG = new LlamaConfig(
            32, 48, 3, 4, 2, 8, 64, 1e-5, new RopeSettings(10_000, null), false, 256, "float32");
    private static final LoraSettings LORA =
            new LoraSettings(4, 8.5, true, EnumSet.of(Projection.DOWN_PROJ, Projection.Q_PROJ));
    private static final AdapterLayout LAYOUT = new AdapterLayout(CONFIG, LORA);

    @TempDir
    private Path directory;

    @Test
    void layer_then_projection_then_a_then_b() {
        assertThat(LAYOUT.slots().stream().map(AdapterLayout.Slot::peftName).limit(5))
                .containsExactly(
                        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
                        "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight",
                        "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight",
                        "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight",
                        "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight");
        int offset = 0;
        for (AdapterLayout.Slot slot : LAYOUT.slots()) {
            assertThat(slot.offset()).isEqualTo(offset);
            assertThat(slot.isA() ? slot.rows() : slot.cols()).isEqualTo(4);
            assertThat(LAYOUT.slot(slot.peftName())).isSameAs(slot);
            offset += slot.size();
        }
        assertThat(LAYOUT.totalParameters())
                .isEqualTo(offset)
                .isEqualTo(3 * 4 * (32 + 32 + 48 + 32));
        assertThat(LAYOUT.slot("other")).isNull();
    }

    @Test
    void the_initial_adapter_is_pefts_and_repeatable() {
        float[] flat = LAYOUT.initial(7);
        assertThat(LAYOUT.initial(7)).isEqualTo(flat);
        assertThat(LAYOUT.initial(8)).isNotEqualTo(flat);
        for (AdapterLayout.Slot slot : LAYOUT.slots()) {
            double bound = 1 / Math.sqrt(slot.cols());
            double sumOfSquares = 0;
            for (int i = slot.offset(); i < slot.offset() + slot.size(); i++) {
                assertThat(Math.abs(flat[i])).isLessThanOrEqualTo((float) bound);
                sumOfSquares += flat[i] * flat[i];
            }
            if (slot.isA()) {
                assertThat(sumOfSquares / slot.size())
                        .isBetween(0.7 * bound * bound / 3, 1.3 * bound * bound / 3);
            } else {
                assertThat(sumOfSquares).isZero();
            }
        }
        AdapterLayout wider = new AdapterLayout(
                CONFIG,
                new LoraSettings(4, 8, false, EnumSet.of(Projection.DOWN_PROJ, Projection.K_PROJ)));
        AdapterLayout.Slot here =
                LAYOUT.slot(AdapterLayout.peftName(2, Projection.DOWN_PROJ, true));
        AdapterLayout.Slot there = wider.slot(here.peftName());
        assertThat(wider.initial(7)[there.offset() + 5]).isEqualTo(flat[here.offset() + 5]);
    }

    @Test
    void a_written_adapter_is_read_back_and_replaced_as_a_whole() throws IOException {
        Path dir = directory.resolve("adapter");
        float[] flat = LAYOUT.initial(7);
        PeftAdapter.write(dir, LAYOUT, LORA, "some/base", flat);
        flat[3] = 42;
        PeftAdapter.write(dir, LAYOUT, LORA, "some/base", flat);
        PeftAdapter read = PeftAdapter.read(dir, CONFIG);
        assertThat(read.flat()).isEqualTo(flat);
        assertThat(read.lora()).isEqualTo(LORA);
        try (Stream<Path> files = Files.list(directory);
                Stream<Path> inside = Files.list(dir)) {
            assertThat(files).containsExactly(dir);
            assertThat(inside.map(p -> p.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "adapter_config.json",
                            "adapter_model.safetensors",
                            OwnDirectory.MARKER);
        }
        JsonNode json =
                new ObjectMapper().readTree(dir.resolve("adapter_config.json").toFile());
        assertThat(json.get("peft_type").asText()).isEqualTo("LORA");
        assertThat(json.get("task_type").asText()).isEqualTo("CAUSAL_LM");
        assertThat(json.get("r").asInt()).isEqualTo(4);
        assertThat(json.get("lora_alpha").asDouble()).isEqualTo(8.5);
        assertThat(json.get("use_rslora").asBoolean()).isTrue();
        assertThat(json.get("target_modules").toString()).isEqualTo("[\"down_proj\",\"q_proj\"]");
        assertThat(json.get("base_model_name_or_path").asText()).isEqualTo("some/base");
    }

    @Test
    void an_adapter_without_our_marker_is_replaced_only_if_we_wrote_it() throws IOException {
        Path dir = directory.resolve("adapter");
        PeftAdapter.write(dir, LAYOUT, LORA, "some/base", LAYOUT.initial(7));
        Files.delete(dir.resolve(OwnDirectory.MARKER));
        PeftAdapter.directory(dir).requireReplaceable();
        Path config = dir.resolve("adapter_config.json");
        String ours = Files.readString(config);
        // as PEFT writes the same settings, then with a field more, then something else
        for (String theirs : List.of(
                ours.replace("\" : ", "\": "),
                ours.replace("\"r\" : 4", "\"qalora_group_size\" : 16,\n  \"r\" : 4"),
                "no JSON",
                "{}")) {
            Files.writeString(config, theirs);
            assertThatThrownBy(() -> PeftAdapter.directory(dir).requireReplaceable())
                    .isInstanceOf(ForeignFileException.class)
                    .hasMessageContaining("to replace it, remove it first");
        }
    }

    @Test
    void an_adapter_of_an_earlier_version_is_replaced_by_one_with_more_files() throws IOException {
        Path dir = directory.resolve("adapter");
        PeftAdapter.write(dir, LAYOUT, LORA, "some/base", LAYOUT.initial(7));
        Files.writeString(
                dir.resolve(OwnDirectory.MARKER),
                "{\"writtenBy\":\"plimsoll\",\"kind\":\"adapter\"}\n");
        OwnDirectory.Content beside = made -> {
            Files.writeString(made.resolve("tokenizer.json"), "{}");
            Files.writeString(made.resolve(PeftAdapter.CARD), "# card");
        };
        PeftAdapter.write(dir, LAYOUT, LORA, "some/base", LAYOUT.initial(8), beside);
        assertThat(dir.resolve("README.md")).hasContent("# card");
        assertThat(PeftAdapter.read(dir, CONFIG).flat()).isEqualTo(LAYOUT.initial(8));
        PeftAdapter.write(dir, LAYOUT, LORA, "some/base", LAYOUT.initial(9));
        assertThat(dir.resolve("README.md")).doesNotExist();
    }

    @Test
    void a_foreign_adapter_is_refused() throws IOException {
        Path dir = directory.resolve("adapter");
        PeftAdapter.write(dir, LAYOUT, LORA, "base", LAYOUT.initial(1));
        LlamaConfig wider = new LlamaConfig(
                64,
                48,
                3,
                4,
                2,
                8,
                64,
                1e-5,
                new RopeSettings(10_000, null),
                false,
                256,
                "float32");
        assertThatThrownBy(() -> PeftAdapter.read(dir, wider))
                .hasMessageContaining("should be 4 × 64");
        LlamaConfig shallower = new LlamaConfig(
                32,
                48,
                2,
                4,
                2,
                8,
                64,
                1e-5,
                new RopeSettings(10_000, null),
                false,
                256,
                "float32");
        assertThatThrownBy(() -> PeftAdapter.read(dir, shallower))
                .hasMessageContaining("holds tensor");
        Path config = dir.resolve("adapter_config.json");
        String json = Files.readString(config);
        Files.writeString(config, json.replace("\"q_proj\"", "\"w_pack\""));
        assertThatThrownBy(() -> PeftAdapter.read(dir, CONFIG))
                .hasMessageContaining("q_proj.lora_A.weight, which its adapter_config.json");
        Files.writeString(config, json.replace("LORA", "IA3"));
        assertThatThrownBy(() -> PeftAdapter.read(dir, CONFIG)).hasMessageContaining("type IA3");
        Files.writeString(
                config,
                json.replace("\"rank_pattern\" : { }", "\"rank_pattern\" : {\"q_proj\": 2}"));
        assertThatThrownBy(() -> PeftAdapter.read(dir, CONFIG))
                .hasMessageContaining("rank_pattern");
        Files.delete(config);
        assertThatThrownBy(() -> PeftAdapter.read(dir, CONFIG))
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> PeftAdapter.write(dir, LAYOUT, LORA, "base", new float[2]))
                .hasMessageContaining("2 values");
    }

    @Test
    void a_random_model_opens_and_its_hash_follows_config_and_weights() throws IOException {
        Path one = create("one", CONFIG, 5, Dtype.BF16);
        try (WeightFiles checkpoint = WeightFiles.open(one)) {
            assertThat(checkpoint.tensors()).hasSize(3 * 9 + 3);
            assertThat(checkpoint.has("lm_head.weight")).isTrue();
            TensorView embedding = checkpoint.tensor("model.embed_tokens.weight", 64, 32);
            assertThat(embedding.dtype()).isEqualTo(Dtype.BF16);
            assertThat(deviation(embedding.toDoubles())).isBetween(0.018, 0.022);
            assertThatThrownBy(() -> checkpoint.tensor("model.norm.weight", 31))
                    .hasMessageContaining("calls for [31]");
            assertThatThrownBy(() -> checkpoint.tensor("model.other"))
                    .hasMessageContaining("no tensor model.other");
        }
        assertThat(LlamaConfig.read(one).torchDtype()).isEqualTo("bfloat16");
        String hash = ModelHash.of(one);
        assertThat(hash)
                .matches("[0-9a-f]{64}")
                .isEqualTo(ModelHash.of(create("two", CONFIG, 5, Dtype.BF16)));
        assertThat(ModelHash.of(create("three", CONFIG, 6, Dtype.BF16))).isNotEqualTo(hash);
        assertThat(ModelHash.of(create("four", CONFIG, 5, Dtype.F32))).isNotEqualTo(hash);
        Path config = one.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("1.0E-5", "1.0E-6"));
        assertThat(ModelHash.of(one)).isNotEqualTo(hash);
        assertThatThrownBy(() -> create("one", CONFIG, 5, Dtype.F32))
                .hasMessageContaining("exists already");
    }

    @Test
    void shards_are_read_through_their_index() throws IOException {
        Path whole = create("whole", CONFIG, 5, Dtype.F32);
        Path sharded = Files.createDirectory(directory.resolve("sharded"));
        Files.copy(whole.resolve("config.json"), sharded.resolve("config.json"));
        StringBuilder map = new StringBuilder();
        try (WeightFiles checkpoint = WeightFiles.open(whole)) {
            int number = 0;
            for (TensorView tensor : checkpoint.tensors().values()) {
                String file = "part-" + number++ % 2 + "-" + number + ".safetensors";
                TensorData copy =
                        TensorData.floats(tensor.name(), tensor.shape(), tensor.toFloats(), 0);
                SafetensorsWriter.write(sharded.resolve(file), List.of(copy));
                map.append(map.isEmpty() ? "" : ",")
                        .append("\"%s\":\"%s\"".formatted(tensor.name(), file));
            }
        }
        Path index = sharded.resolve(WeightFiles.INDEX);
        Files.writeString(index, "{\"weight_map\":{" + map + "}}");
        assertThat(ModelHash.of(sharded)).isEqualTo(ModelHash.of(whole));
        Files.writeString(index, "{\"weight_map\":{\"absent\":\"part-0-1.safetensors\"}}");
        assertThatThrownBy(() -> WeightFiles.open(sharded))
                .hasMessageContaining("lacks tensor absent");
        Files.writeString(index, "{");
        assertThatThrownBy(() -> WeightFiles.open(sharded)).hasMessageContaining("not valid JSON");
        assertThatThrownBy(() -> WeightFiles.open(directory))
                .hasMessageContaining("has neither model.safetensors");
    }

    @Test
    void a_model_that_cannot_be_finished_leaves_nothing() {
        Path dir = directory.resolve("model");
        assertThatThrownBy(() -> RandomModel.create(
                        dir, CONFIG, 1, Dtype.F32, List.of(directory.resolve("no-tokenizer"))))
                .hasMessageContaining("could not be written");
        assertThat(directory).isEmptyDirectory();
    }

    private Path create(String name, LlamaConfig shape, long seed, Dtype dtype) {
        Path dir = directory.resolve(name);
        RandomModel.create(dir, shape, seed, dtype, List.of());
        return dir;
    }

    private static double deviation(double[] values) {
        double sumOfSquares = 0;
        for (double value : values) {
            sumOfSquares += value * value;
        }
        return Math.sqrt(sumOfSquares / values.length);
    }
}
