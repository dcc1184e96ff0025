package dev.plimsoll.model.hf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** config.json in both spellings: rope_scaling and torch_dtype, or, since Transformers 5, rope_parameters and dtype. */
final class LlamaConfigJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private LlamaConfigJson() {}

    static LlamaConfig read(Path file) {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new ModelException(
                    file + " does not exist; give a directory with a Hugging Face checkpoint"
                            + " (config.json, *.safetensors, tokenizer.json)",
                    e);
        } catch (JsonProcessingException e) {
            throw new ModelException(file + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!root.isObject()) {
            throw new ModelException(file + " is not a JSON object; it must be the config.json of a Llama");
        }
        return new Reader(root, file).read();
    }

    /** The config.json of a random model, readable by old and new Transformers. */
    static String write(LlamaConfig c) {
        ObjectNode root = JSON.createObjectNode();
        root.putArray("architectures").add("LlamaForCausalLM");
        root.put("model_type", "llama");
        root.put("attention_bias", false);
        root.put("attention_dropout", 0.0);
        root.put("mlp_bias", false);
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
        root.set("rope_scaling", ropeScaling(c.rope()));
        root.put("tie_word_embeddings", c.tiedEmbeddings());
        root.put("max_position_embeddings", c.maxPositionEmbeddings());
        root.put("torch_dtype", c.torchDtype());
        return root.toPrettyString() + "\n";
    }

    private static JsonNode ropeScaling(RopeSettings rope) {
        if (rope.llama3() == null) {
            return JSON.nullNode();
        }
        ObjectNode scaling = JSON.createObjectNode();
        scaling.put("rope_type", "llama3");
        scaling.put("factor", rope.llama3().factor());
        scaling.put("low_freq_factor", rope.llama3().lowFreqFactor());
        scaling.put("high_freq_factor", rope.llama3().highFreqFactor());
        scaling.put("original_max_position_embeddings", rope.llama3().originalMaxPositionEmbeddings());
        return scaling;
    }

    private record Reader(JsonNode root, Path file) {

        LlamaConfig read() {
            requireLlama();
            int hidden = requiredInt("hidden_size");
            int heads = requiredInt("num_attention_heads");
            return new LlamaConfig(
                    hidden,
                    requiredInt("intermediate_size"),
                    requiredInt("num_hidden_layers"),
                    heads,
                    root.hasNonNull("num_key_value_heads") ? requiredInt("num_key_value_heads") : heads,
                    root.hasNonNull("head_dim") ? requiredInt("head_dim") : hidden / Math.max(1, heads),
                    requiredInt("vocab_size"),
                    root.path("rms_norm_eps").asDouble(1e-6),
                    rope(),
                    root.path("tie_word_embeddings").asBoolean(false),
                    root.path("max_position_embeddings").asInt(2048),
                    root.hasNonNull("dtype")
                            ? root.get("dtype").asText()
                            : root.path("torch_dtype").asText("float32"));
        }

        private void requireLlama() {
            String type = root.path("model_type").asText("(none)");
            String architecture = root.path("architectures").path(0).asText("LlamaForCausalLM");
            if (!type.equals("llama") || !architecture.equals("LlamaForCausalLM")) {
                throw new ModelException(file + " describes a model of type '" + type + "' (" + architecture
                        + "); this version trains Llama (LlamaForCausalLM) only, so give a Llama checkpoint");
            }
            refuseTrue("attention_bias");
            refuseTrue("mlp_bias");
            String activation = root.path("hidden_act").asText("silu");
            if (!activation.equals("silu")) {
                throw new ModelException(
                        file + " has hidden_act '" + activation + "'; only 'silu' (SwiGLU) is supported");
            }
            if (root.hasNonNull("quantization_config")) {
                throw new ModelException(file + " has a quantization_config; give the unquantized checkpoint");
            }
            if (root.path("pretraining_tp").asInt(1) != 1) {
                throw new ModelException(
                        file + " has pretraining_tp " + root.path("pretraining_tp") + "; only 1 is supported");
            }
        }

        private void refuseTrue(String key) {
            if (root.path(key).asBoolean(false)) {
                throw new ModelException(
                        file + " has " + key + " true; biases are not supported, so give a checkpoint without them");
            }
        }

        private RopeSettings rope() {
            JsonNode parameters = root.hasNonNull("rope_parameters") ? root.get("rope_parameters") : root;
            double theta = parameters
                    .path("rope_theta")
                    .asDouble(root.path("rope_theta").asDouble(10_000));
            JsonNode scaling =
                    root.hasNonNull("rope_parameters") ? root.get("rope_parameters") : root.path("rope_scaling");
            String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
            return switch (type) {
                case "default" -> new RopeSettings(theta, null);
                case "llama3" ->
                    new RopeSettings(
                            theta,
                            new RopeSettings.Llama3(
                                    requiredDouble(scaling, "factor"),
                                    requiredDouble(scaling, "low_freq_factor"),
                                    requiredDouble(scaling, "high_freq_factor"),
                                    (int) requiredDouble(scaling, "original_max_position_embeddings")));
                default ->
                    throw new ModelException(
                            file + " has rotary scaling of type '" + type + "'; supported are 'default' and 'llama3'");
            };
        }

        private double requiredDouble(JsonNode node, String key) {
            if (!node.path(key).isNumber()) {
                throw new ModelException(
                        file + ": the llama3 rotary scaling needs the number " + key + ", found " + node.path(key));
            }
            return node.get(key).asDouble();
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
