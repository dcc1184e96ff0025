package dev.plimsoll.model.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.model.hf.SafetensorsWriter;
import dev.plimsoll.model.hf.TensorData;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What PEFT writes, by PEFT's rules: golden/peft.json, made by src/test/golden/make_peft.py. */
class AdapterConfigTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final LlamaConfig CONFIG = new LlamaConfig(
            16, 24, 2, 2, 1, 8, 16, 1e-5, new RopeSettings(10_000, null), false, 64, "float32");
    private static final String PLAIN = "\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8,"
            + " \"target_modules\": [\"q_proj\"]";

    @TempDir
    private Path directory;

    static Stream<Arguments> golden() throws IOException {
        try (InputStream in = AdapterConfigTest.class.getResourceAsStream("/golden/peft.json")) {
            return StreamSupport.stream(JSON.readTree(in).spliterator(), false)
                    .map(node -> Arguments.of(node.get("name").asText(), node));
        }
    }

    /** The same modules with the same rank and scaling, or a refusal. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("golden")
    void adapts_what_peft_adapts(String name, JsonNode golden) throws IOException {
        Map<String, List<Double>> modules = new TreeMap<>();
        golden.path("modules")
                .forEach(module -> modules.put(
                        module.get(0).asText(),
                        List.of(module.get(1).asDouble(), module.get(2).asDouble())));
        String json = golden.get("config").toString();
        LoraSettings uniform = uniform(modules);
        if (uniform == null) {
            assertThatThrownBy(() -> settings(json)).isInstanceOf(ModelException.class);
            return;
        }
        LoraSettings read = settings(json);
        assertThat(read.targets()).isEqualTo(uniform.targets());
        assertThat(read.loraRank()).isEqualTo(uniform.loraRank());
        assertThat(read.loraScaling()).isEqualTo(uniform.loraScaling(), within(1e-12));
    }

    /** What Plimsoll can train of these modules, or null. */
    private static LoraSettings uniform(Map<String, List<Double>> modules) {
        Set<Projection> targets = EnumSet.noneOf(Projection.class);
        Set<String> expected = new HashSet<>();
        for (Projection projection : Projection.values()) {
            if (modules.keySet().stream().anyMatch(key -> key.endsWith(projection.moduleName()))) {
                targets.add(projection);
                expected.add(TargetModules.moduleName(0, projection));
                expected.add(TargetModules.moduleName(1, projection));
            }
        }
        Set<List<Double>> ranks = new HashSet<>(modules.values());
        if (targets.isEmpty() || ranks.size() > 1 || !expected.equals(modules.keySet())) {
            return null;
        }
        List<Double> one = ranks.iterator().next();
        return new LoraSettings(one.get(0).intValue(), one.get(0) * one.get(1), false, targets);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"peft_type\": \"LOHA\"; is of type LOHA",
                "\"task_type\": \"SEQ_CLS\"; task_type \"SEQ_CLS\"",
                "\"use_dora\": true; Plimsoll has no DoRA",
                "\"bias\": \"all\"; trains no biases",
                "\"lora_bias\": true; lora_bias true",
                "\"modules_to_save\": [\"embed_tokens\"]; modules_to_save [\"embed_tokens\"]",
                "\"fan_in_fan_out\": true; so set it to false",
                "\"init_lora_weights\": \"pissa_niter_4\"; path_initial_model_for",
                "\"init_lora_weights\": \"loftq\"; init_lora_weights \"loftq\"",
                "\"init_lora_weights\": \"olora\"; belongs to a changed base model",
                "\"init_lora_weights\": \"mica\"; belongs to a changed base model",
                "\"trainable_token_indices\": [1]; trains no embeddings",
                "\"layer_replication\": [[0, 2]]; replicates no layers",
                "\"use_qalora\": true; Plimsoll does not know it",
                "\"target_parameters\": [\"x\"]; target_parameters",
                "\"alora_invocation_tokens\": [1]; alora_invocation_tokens [1]",
                "\"kasa_config\": {\"x\": 1}; kasa_config {\"x\":1}",
                "\"some_day\": 1; set it to null",
                "\"target_modules\": null; target_modules null",
                "\"target_modules\": \"(\"; cannot be read here: (",
                "\"target_modules\": \"(?P=x)q_proj\"; write the modules' names as a list",
                "\"target_modules\": [\"w_pack\"]; none of the model's linear maps matches",
                "\"target_modules\": [\"lm_head\", \"q_proj\"]; adapts lm_head",
                "\"layers_to_transform\": [1]; adapts q_proj in layers [1] only, of 2",
                "\"rank_pattern\": {\"q_proj\": \"4\"}; has no number for model.layers.0",
                "\"rank_pattern\": {\"0.self_attn.q_proj\": 2}; has rank_pattern, by",
                "\"alpha_pattern\": {\"1.self_attn.q_proj\": 2}; has alpha_pattern",
                "\"rank_pattern\": {\"(\": 2}; a regular expression in rank_pattern",
                "\"r\": 4.5; whole number",
                "\"r\": 0; lora-rank"
            })
    void refuses_by_name(String key, String part) {
        assertThatThrownBy(() -> settings("{" + PLAIN + ", " + key + "}"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("adapter_config.json")
                .hasMessageContaining(part);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"bias\": \"none\", \"task_type\": \"CAUSAL_LM\", \"inference_mode\": true",
                "\"modules_to_save\": null, \"layers_to_transform\": [], \"rank_pattern\": {}",
                "\"use_dora\": false, \"lora_bias\": false, \"megatron_config\": null",
                "\"init_lora_weights\": true, \"loftq_config\": {}, \"eva_config\": null",
                "\"init_lora_weights\": \"eva\", \"eva_config\": {\"rho\": 2.0}",
                "\"megatron_core\": \"megatron.core\", \"init_lora_weights\": null",
                "\"some_day\": null, \"another_day\": [], \"never\": false, \"revision\": \"main\"",
                "\"lora_dropout\": 0.1, \"peft_version\": \"0.21.0\", \"unsloth_fixed\": true"
            })
    void what_is_neutral_passes(String keys) throws IOException {
        assertThat(settings("{" + PLAIN + ", " + keys + "}"))
                .isEqualTo(new LoraSettings(4, 8, false, EnumSet.of(Projection.Q_PROJ)));
    }

    @Test
    void tells_of_dropout_and_of_another_base_model() throws IOException {
        write("{" + PLAIN
                + ", \"lora_dropout\": 0.05, \"base_model_name_or_path\": \"x/Base-1/\"}");
        assertThat(PeftAdapter.remarks(directory, "/models/base-1"))
                .singleElement()
                .asString()
                .contains("lora_dropout 0.05");
        assertThat(PeftAdapter.remarks(directory, "base-2"))
                .hasSize(2)
                .last()
                .asString()
                .contains("its base model is x/Base-1/, and the run's model is base-2");
        write("{" + PLAIN + "}");
        assertThat(PeftAdapter.remarks(directory, "base-2")).isEmpty();
    }

    @Test
    void a_file_that_is_no_configuration_is_refused() throws IOException {
        assertThatThrownBy(() -> AdapterConfig.read(directory))
                .hasMessageContaining("does not exist; give a directory with a PEFT adapter");
        write("[");
        assertThatThrownBy(() -> AdapterConfig.read(directory))
                .hasMessageContaining("is not valid JSON");
        write("[]");
        assertThatThrownBy(() -> AdapterConfig.read(directory))
                .hasMessageContaining("is not a JSON object");
    }

    @Test
    void the_weights_must_be_those_that_the_configuration_names() throws IOException {
        write("{" + PLAIN.replace("[\"q_proj\"]", "\".*self_attn[.]q_proj\"") + "}");
        Files.writeString(directory.resolve("adapter_model.bin"), "");
        assertThatThrownBy(() -> PeftAdapter.read(directory, CONFIG))
                .hasMessageContaining("safe_serialization=True");
        List<TensorData> tensors = new ArrayList<>();
        AdapterLayout layout = new AdapterLayout(
                CONFIG, new LoraSettings(4, 8, false, EnumSet.of(Projection.Q_PROJ)));
        float[] flat = layout.initial(3);
        for (AdapterLayout.Slot slot : layout.slots()) {
            tensors.add(TensorData.floats(
                    slot.peftName(), new long[] {slot.rows(), slot.cols()}, flat, slot.offset()));
        }
        weights(tensors);
        assertThat(PeftAdapter.read(directory, CONFIG).flat()).isEqualTo(flat);
        tensors.add(TensorData.floats(
                "base_model.model.lm_head.weight", new long[] {1}, new float[] {1}, 0));
        weights(tensors);
        assertThatThrownBy(() -> PeftAdapter.read(directory, CONFIG))
                .hasMessageContaining("holds tensor base_model.model.lm_head.weight")
                .hasMessageContaining("without embeddings, biases and whole modules");
        weights(tensors.subList(1, 4));
        assertThatThrownBy(() -> PeftAdapter.read(directory, CONFIG))
                .hasMessageContaining("has no tensor base_model.model.model.layers.0");
    }

    private void weights(List<TensorData> tensors) throws IOException {
        SafetensorsWriter.write(directory.resolve("adapter_model.safetensors"), tensors);
    }

    private LoraSettings settings(String json) throws IOException {
        write(json);
        return AdapterConfig.read(directory).settings(CONFIG);
    }

    private void write(String json) throws IOException {
        Files.writeString(directory.resolve("adapter_config.json"), json);
    }
}
