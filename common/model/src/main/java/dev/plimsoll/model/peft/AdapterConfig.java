package dev.plimsoll.model.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.model.files.GivenFile;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * An adapter_config.json as PEFT 0.21 understands it. What it says of the adapter is honoured or
 * refused by name; what it says of how the adapter came about is for {@link #remarks}.
 *
 * @param file for messages
 */
record AdapterConfig(JsonNode root, Path file) {

    static final String NAME = "adapter_config.json";

    private static final ObjectMapper JSON = Json.mapper();

    /** Honoured: the adapter itself. */
    private static final Set<String> READ = Set.of(
            "peft_type",
            "task_type",
            "r",
            "lora_alpha",
            "use_rslora",
            "target_modules",
            "exclude_modules",
            "layers_to_transform",
            "layers_pattern",
            "rank_pattern",
            "alpha_pattern",
            "init_lora_weights");

    /** They do not change what the adapter computes, whatever they say. */
    private static final Set<String> NOTES = Set.of(
            "auto_mapping",
            "base_model_name_or_path",
            "corda_config",
            "eva_config",
            "inference_mode",
            "lora_dropout",
            "lora_ga_config",
            "loftq_config",
            "megatron_core",
            "peft_version",
            "qalora_group_size",
            "revision",
            "runtime_config",
            "unsloth_fixed");

    private static final String MERGE =
            "merge the adapter into the model with PEFT and start anew from that model";

    /** What to do where a key is not neutral. */
    private static final Map<String, String> REMEDIES = new TreeMap<>(Map.of(
            "bias", "Plimsoll trains no biases, so " + MERGE,
            "modules_to_save", "Plimsoll trains no whole modules, so " + MERGE,
            "use_dora", "Plimsoll has no DoRA, so " + MERGE,
            "lora_bias", "Plimsoll's adapters have no biases, so " + MERGE,
            "fan_in_fan_out",
                    "the linear maps of these models are not transposed, so set it to" + " false",
            "trainable_token_indices", "Plimsoll trains no embeddings, so " + MERGE,
            "layer_replication", "Plimsoll replicates no layers, so " + MERGE));

    /** Values of init_lora_weights with which the base model keeps its weights. */
    private static final Set<String> HARMLESS_STARTS =
            Set.of("true", "false", "gaussian", "eva", "orthogonal");

    static AdapterConfig read(Path dir) {
        Path file = dir.resolve(NAME);
        try {
            JsonNode root = JSON.readTree(GivenFile.read(file, GivenFile.CONFIG_BYTES));
            if (!root.isObject()) {
                throw new ModelException(file + " is not a JSON object; give a PEFT adapter");
            }
            return new AdapterConfig(root, file);
        } catch (NoSuchFileException e) {
            throw new ModelException(
                    file + " does not exist; give a directory with a PEFT adapter", e);
        } catch (JsonProcessingException e) {
            throw new ModelException(file + " is not valid JSON; give a PEFT adapter", e);
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Rank, scaling and targets for that model; refuses what Plimsoll's LoRA is not. */
    LoraSettings settings(LlamaConfig config) {
        try {
            return checked(config);
        } catch (PythonPattern.EndlessException e) {
            throw new ModelException(
                    file + " has a regular expression that takes without end to compare with a"
                            + " module's name; write the modules' names as a list instead",
                    e);
        }
    }

    private LoraSettings checked(LlamaConfig config) {
        requireLora();
        requireNeutral();
        requireUnchangedBase();
        Set<Projection> targets = new TargetModules(root, file, config).projections();
        double rank = patterned("rank_pattern", "r", targets, config);
        double alpha = patterned("alpha_pattern", "lora_alpha", targets, config);
        if (rank != Math.rint(rank)) {
            throw new ModelException(file + " has rank " + rank + "; it must be a whole number");
        }
        try {
            return new LoraSettings(
                    (int) rank, alpha, root.path("use_rslora").asBoolean(false), targets);
        } catch (IllegalArgumentException e) {
            throw new ModelException(file + ": " + e.getMessage(), e);
        }
    }

    /** The model that it was trained for, as it says, or "". */
    String baseModel() {
        return root.path("base_model_name_or_path").asText("");
    }

    /** What was otherwise in its training and does not go on, in sentences. */
    List<String> remarks() {
        double dropout = root.path("lora_dropout").asDouble(0);
        return dropout == 0
                ? List.of()
                : List.of(file + " says that the adapter was trained with lora_dropout " + dropout
                        + ". Plimsoll has no dropout: it goes on without");
    }

    private void requireLora() {
        String type = root.path("peft_type").asText("(none)");
        if (!type.equals("LORA")) {
            throw new ModelException(file + " is of type " + type + "; only LORA is supported");
        }
        JsonNode task = root.path("task_type");
        if (!isNeutral(task) && !task.asText().equals("CAUSAL_LM")) {
            throw new ModelException(file + " has task_type " + task
                    + "; only adapters of language models (CAUSAL_LM) are supported");
        }
    }

    private void requireNeutral() {
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            String key = entry.getKey();
            JsonNode value = entry.getValue();
            boolean known = READ.contains(key) || NOTES.contains(key);
            boolean noBias = key.equals("bias") && value.asText().equals("none");
            if (!known && !noBias && !isNeutral(value)) {
                throw new ModelException(file + " has " + key + " " + value + "; "
                        + REMEDIES.getOrDefault(
                                key,
                                "Plimsoll does not know it, so set it to null if the adapter is"
                                        + " the same without it; otherwise " + MERGE));
            }
        }
    }

    /** null, false, an empty list, object or text: the key says nothing. */
    private static boolean isNeutral(JsonNode value) {
        return value.isNull()
                || value.isMissingNode()
                || value.isContainerNode() && value.isEmpty()
                || value.isBoolean() && !value.asBoolean()
                || value.isTextual() && value.asText().isEmpty();
    }

    /** PiSSA, OLoRA, CorDA, LoftQ and LoRA-GA take the adapter's first values out of the base. */
    private void requireUnchangedBase() {
        JsonNode start = root.path("init_lora_weights");
        if (!start.isMissingNode()
                && !start.isNull()
                && !HARMLESS_STARTS.contains(start.asText())) {
            throw new ModelException(file + " has init_lora_weights " + start
                    + ", with which the adapter belongs to a changed base model; save it with"
                    + " PEFT's path_initial_model_for_weight_conversion, or " + MERGE);
        }
    }

    /** The one value of all targeted modules; where they differ, they are refused by name. */
    private double patterned(
            String pattern, String general, Set<Projection> targets, LlamaConfig config) {
        Set<Double> values = new LinkedHashSet<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (Projection projection : targets) {
                String module = TargetModules.moduleName(layer, projection);
                JsonNode value = firstMatch(pattern, module).orElse(root.path(general));
                if (!value.isNumber()) {
                    throw new ModelException(file + " has no number for " + module + " in "
                            + general + " or " + pattern + "; give a PEFT adapter");
                }
                values.add(value.asDouble());
            }
        }
        if (values.size() > 1) {
            throw new ModelException(file + " has " + pattern + ", by which modules have "
                    + values + "; Plimsoll has one rank and one alpha for all, so give an adapter"
                    + " that has, or " + MERGE);
        }
        return values.iterator().next();
    }

    /** The first pattern that matches a name, or its end after a dot, counts. */
    private Optional<JsonNode> firstMatch(String pattern, String module) {
        return root.path(pattern).properties().stream()
                .filter(entry -> PythonPattern.matcher(expression(pattern, entry.getKey()), module)
                        .matches())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private Pattern expression(String pattern, String name) {
        return PythonPattern.of("(.*\\.)?(" + name + ")")
                .orElseThrow(() -> new ModelException(file + " has a regular expression in "
                        + pattern + " that cannot be read here: " + name
                        + "; write the module's name instead"));
    }
}
