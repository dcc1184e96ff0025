package dev.plimsoll.model.hf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.files.GivenFile;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * config.json in both spellings: rope_scaling and torch_dtype, or, since Transformers 5,
 * rope_parameters and dtype.
 */
final class LlamaConfigJson {

    private static final ObjectMapper JSON = Json.mapper();

    private LlamaConfigJson() {}

    static LlamaConfig read(Path file) {
        return new Reader(root(file), file).read();
    }

    static RopeJson rope(Path modelDir) {
        Path file = modelDir.resolve("config.json");
        return new RopeJson(root(file), file);
    }

    /** What is to be said of a dropout that is not applied. */
    static Optional<String> dropout(Path modelDir) {
        Path file = modelDir.resolve("config.json");
        double dropout = root(file).path("attention_dropout").asDouble(0);
        return dropout == 0
                ? Optional.empty()
                : Optional.of(file + " has attention_dropout " + dropout
                        + ". Plimsoll has no dropout: it trains without");
    }

    private static JsonNode root(Path file) {
        JsonNode root;
        try {
            root = JSON.readTree(GivenFile.read(file, GivenFile.CONFIG_BYTES));
        } catch (NoSuchFileException e) {
            throw new ModelException(
                    file + " does not exist; give a directory with a Hugging Face model"
                            + " (config.json, *.safetensors, tokenizer.json)",
                    e);
        } catch (JsonProcessingException e) {
            throw new ModelException(file + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (!root.isObject()) {
            throw new ModelException(
                    file + " is not a JSON object; it must be the config.json of a language model");
        }
        return root;
    }

    /** The config.json of a random model, readable by old and new Transformers. */
    static String write(LlamaConfig c) {
        ObjectNode root = JSON.createObjectNode();
        ModelFamily family = c.architecture().family();
        root.putArray("architectures").add(family.className());
        root.put("model_type", family.modelType());
        root.put("attention_dropout", 0.0);
        ArchitectureJson.write(root, c.architecture(), c.layers());
        root.put("hidden_act", "silu");
        root.put("hidden_size", c.hiddenSize());
        root.put("intermediate_size", c.intermediateSize());
        root.put("num_hidden_layers", c.layers());
        root.put("num_attention_heads", c.attentionHeads());
        root.put("num_key_value_heads", c.keyValueHeads());
        root.put("head_dim", c.headDim());
        root.put("vocab_size", c.vocabSize());
        root.put("rms_norm_eps", c.rmsNormEps());
        root.put("rope_theta", c.rope().theta());
        root.set("rope_scaling", RopeJson.write(c.rope()));
        root.put("tie_word_embeddings", c.tiedEmbeddings());
        root.put("max_position_embeddings", c.maxPositionEmbeddings());
        root.put("torch_dtype", c.torchDtype());
        return root.toPrettyString() + "\n";
    }

    private record Reader(JsonNode root, Path file) {

        LlamaConfig read() {
            ArchitectureJson architecture = new ArchitectureJson(root, file);
            ModelFamily family = architecture.family();
            refuseUnsupported();
            int hidden = requiredInt("hidden_size");
            int layers = requiredInt("num_hidden_layers");
            LlamaConfig.requireLayers(layers);
            int heads = requiredInt("num_attention_heads");
            int maxPositions =
                    root.path("max_position_embeddings").asInt(family.defaultMaxPositions());
            Architecture kind = architecture.read(family, layers);
            return new LlamaConfig(
                    hidden,
                    requiredInt("intermediate_size"),
                    layers,
                    heads,
                    keyValueHeads(family, heads),
                    headDim(family, hidden, heads),
                    requiredInt("vocab_size"),
                    root.path("rms_norm_eps").asDouble(1e-6),
                    new RopeJson(root, file).read(kind, layers, maxPositions),
                    root.path("tie_word_embeddings").asBoolean(false),
                    maxPositions,
                    root.hasNonNull("dtype")
                            ? root.get("dtype").asText()
                            : root.path("torch_dtype").asText("float32"),
                    kind);
        }

        /** A key that is null, other than one left out, means as many as there are query heads. */
        private int keyValueHeads(ModelFamily family, int heads) {
            if (root.hasNonNull("num_key_value_heads")) {
                return requiredInt("num_key_value_heads");
            }
            boolean byDefault =
                    !root.has("num_key_value_heads") && family.defaultKeyValueHeads() > 0;
            return byDefault ? family.defaultKeyValueHeads() : heads;
        }

        private int headDim(ModelFamily family, int hidden, int heads) {
            if (root.hasNonNull("head_dim")) {
                return requiredInt("head_dim");
            }
            return family.defaultHeadDim() > 0
                    ? family.defaultHeadDim()
                    : hidden / Math.max(1, heads);
        }

        private void refuseUnsupported() {
            if (root.path("mlp_bias").asBoolean(false)) {
                throw new ModelException(
                        file + " has mlp_bias true; biases are supported in attention only,"
                                + " so give a model without them");
            }
            String activation = root.path("hidden_act").asText("silu");
            if (!activation.equals("silu")) {
                throw new ModelException(file + " has hidden_act '" + activation
                        + "'; only 'silu' (SwiGLU) is supported");
            }
            if (root.has("is_causal") && !root.get("is_causal").asBoolean(false)) {
                throw new ModelException(file + " has is_causal " + root.get("is_causal")
                        + "; only causal models are supported, so give one");
            }
            if (root.hasNonNull("quantization_config")) {
                throw new ModelException(
                        file + " has a quantization_config; give the unquantized model");
            }
            if (root.path("pretraining_tp").asInt(1) != 1) {
                throw new ModelException(file + " has pretraining_tp " + root.path("pretraining_tp")
                        + "; only 1 is supported");
            }
        }

        private int requiredInt(String key) {
            if (!root.path(key).canConvertToInt()) {
                throw new ModelException(file + ": " + key + " must be a whole number, found '"
                        + root.path(key).asText("nothing") + "'");
            }
            return root.get(key).asInt();
        }
    }
}
