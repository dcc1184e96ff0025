package dev.plimsoll.model.peft;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.Safetensors;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What PEFT 0.21, vLLM 0.10 and llama.cpp of 2026 ask of an adapter's names and configuration, in
 * our words; decision 0140 names the places in their sources.
 */
class LoaderRulesTest {

    private static final LlamaConfig CONFIG = RandomModel.shape("tiny");
    private static final LoraSettings LORA =
            new LoraSettings(4, 8, false, EnumSet.allOf(Projection.class));
    private static final String PREFIX = "base_model.model.";

    @TempDir
    Path directory;

    private Path adapter;
    private JsonNode config;
    private Set<String> tensors;

    @BeforeEach
    void write() throws IOException {
        adapter = directory.resolve("adapter");
        AdapterLayout layout = new AdapterLayout(CONFIG, LORA);
        PeftAdapter.write(adapter, layout, LORA, "owner/base", layout.initial(1));
        config = Json.mapper().readTree(adapter.resolve("adapter_config.json").toFile());
        try (Safetensors file = Safetensors.open(adapter.resolve("adapter_model.safetensors"))) {
            tensors = new HashSet<>(file.tensors().keySet());
        }
    }

    /** PEFT strips its prefix, and finds a module of the model by what is before lora_A. */
    @Test
    void peftFindsEachTensorsModuleAmongItsTargets() {
        assertThat(config.path("peft_type").asText()).isEqualTo("LORA");
        assertThat(config.path("task_type").asText()).isEqualTo("CAUSAL_LM");
        assertThat(config.path("base_model_name_or_path").asText()).isEqualTo("owner/base");
        Set<String> modules = new TreeSet<>();
        for (String name : tensors) {
            assertThat(name).startsWith(PREFIX);
            modules.add(name.substring(PREFIX.length()).replaceAll("\\.lora_[AB]\\.weight$", ""));
        }
        Set<String> expected = new TreeSet<>();
        for (int layer = 0; layer < CONFIG.layers(); layer++) {
            for (JsonNode target : config.path("target_modules")) {
                Projection projection = Projection.of(target.asText());
                expected.add("model.layers." + layer + "." + projection.block() + "."
                        + projection.moduleName());
            }
        }
        assertThat(modules).isEqualTo(expected);
        assertThat(tensors).hasSize(2 * expected.size());
    }

    /**
     * vLLM needs r, lora_alpha and target_modules, refuses DoRA, biases and modules_to_save, and
     * splits names at dots: the last two parts are lora_A or lora_B, and weight.
     */
    @Test
    void vllmTakesTheConfigurationAndTheNames() {
        assertThat(config.path("r").isInt()).isTrue();
        assertThat(config.path("lora_alpha").isInt()).isTrue();
        assertThat(config.path("target_modules").isArray()).isTrue();
        assertThat(config.path("bias").asText()).isEqualTo("none");
        assertThat(config.path("use_dora").asBoolean(true)).isFalse();
        assertThat(config.path("modules_to_save").isNull()).isTrue();
        // the parts of its packed modules qkv_proj and gate_up_proj, and the two others
        Set<String> supported =
                Set.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
        for (String name : tensors) {
            String[] parts = name.split("\\.");
            assertThat(parts[parts.length - 1]).isEqualTo("weight");
            assertThat(parts[parts.length - 2]).isIn("lora_A", "lora_B");
            assertThat(parts[parts.length - 3]).isIn(supported);
        }
    }

    /**
     * llama.cpp's converter takes prefix and ending away and needs a tensor of the base with that
     * name, and both halves of each; it scales by lora_alpha / r alone.
     */
    @Test
    void llamaCppFindsBothHalvesOfATensorOfTheBase() {
        assertThat(config.path("lora_alpha").isNumber()).isTrue();
        Set<String> halves = new TreeSet<>();
        for (String name : tensors) {
            String base = name.replace(PREFIX, "")
                    .replace(".lora_A.weight", ".weight")
                    .replace(".lora_B.weight", ".weight");
            assertThat(base)
                    .matches("model\\.layers\\.\\d+\\.(self_attn|mlp)\\.[a-z]+_proj\\.weight");
            halves.add((name.contains(".lora_A.weight") ? "A " : "B ") + base);
        }
        assertThat(halves).hasSize(tensors.size());
        assertThat(halves.stream().filter(half -> half.startsWith("A ")))
                .hasSize(tensors.size() / 2);
    }
}
