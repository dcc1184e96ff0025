package dev.plimsoll.model.hf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;

/** The keys of config.json that tell architectures apart, as Transformers 5.17 understands them. */
record ArchitectureJson(JsonNode root, Path file) {

    static final String FULL = "full_attention";
    static final String SLIDING = "sliding_attention";

    /** Transformers' defaults where sliding_window and max_window_layers are left out. */
    private static final int DEFAULT_WINDOW_TOKENS = 4096;

    private static final int DEFAULT_FIRST_SLIDING_LAYER = 28;

    Architecture read(ModelFamily family, int layers) {
        boolean bias = root.path("attention_bias").asBoolean(false);
        return switch (family) {
            case LLAMA -> new Architecture(family, bias, agreeing(SlidingWindow.NONE, layers));
            case MISTRAL -> {
                if (bias) {
                    throw new ModelException(file
                            + " has attention_bias true, which a model of type 'mistral' cannot"
                            + " have; give a model without biases");
                }
                yield new Architecture(family, false, agreeing(everywhere(), layers));
            }
            // A Qwen2's biases are fixed: Transformers does not look at the key.
            case QWEN2 -> new Architecture(family, false, qwenWindow(layers));
            case QWEN3 -> new Architecture(family, bias, qwenWindow(layers));
        };
    }

    /** model_type's family; what is not for training, such as a reward model, is refused. */
    ModelFamily family() {
        String type = root.path("model_type").asText("(none)");
        ModelFamily family = ModelFamily.of(type)
                .orElseThrow(() ->
                        unsupported(type, root.path("architectures").path(0).asText("no class")));
        String className = root.path("architectures").path(0).asText(family.className());
        if (!className.equals(family.className())) {
            throw unsupported(type, className);
        }
        return family;
    }

    /** Writes the keys that the architecture's family knows. */
    static void write(ObjectNode root, Architecture architecture, int layers) {
        SlidingWindow window = architecture.window();
        switch (architecture.family()) {
            case LLAMA -> {
                root.put("attention_bias", architecture.attentionBias());
                root.put("mlp_bias", false);
            }
            case MISTRAL -> putWindow(root, window);
            case QWEN2 -> putQwenWindow(root, window, layers);
            case QWEN3 -> {
                root.put("attention_bias", architecture.attentionBias());
                putQwenWindow(root, window, layers);
            }
        }
    }

    private static void putWindow(ObjectNode root, SlidingWindow window) {
        root.put("sliding_window", window.tokens() == 0 ? null : window.tokens());
    }

    /**
     * Transformers from before layer_types goes by max_window_layers, which cannot tell of a full
     * layer after a sliding one.
     */
    private static void putQwenWindow(ObjectNode root, SlidingWindow window, int layers) {
        root.put("use_sliding_window", window.tokens() > 0);
        putWindow(root, window);
        int first = 0;
        ArrayNode types = root.putArray("layer_types");
        for (int layer = 0; layer < layers; layer++) {
            boolean full = window.of(layer) == 0;
            types.add(full ? FULL : SLIDING);
            first += full && first == layer ? 1 : 0;
        }
        root.put("max_window_layers", first);
    }

    private SlidingWindow everywhere() {
        int tokens = windowTokens();
        return tokens == 0 ? SlidingWindow.NONE : SlidingWindow.everywhere(tokens);
    }

    private SlidingWindow qwenWindow(int layers) {
        int tokens = root.path("use_sliding_window").asBoolean(false) ? windowTokens() : 0;
        SortedSet<Integer> full = new TreeSet<>();
        JsonNode types = layerTypes(layers);
        int first = root.path("max_window_layers").asInt(DEFAULT_FIRST_SLIDING_LAYER);
        for (int layer = 0; layer < layers; layer++) {
            boolean sliding = types == null
                    ? tokens > 0 && layer >= first
                    : types.get(layer).asText().equals(SLIDING);
            if (sliding && tokens == 0) {
                throw new ModelException(
                        file + " has layer_types with sliding_attention, but no window:"
                                + " use_sliding_window must be true and sliding_window a number "
                                + "of tokens");
            }
            if (!sliding) {
                full.add(layer);
            }
        }
        return full.size() == layers ? SlidingWindow.NONE : new SlidingWindow(tokens, full);
    }

    /**
     * Transformers' Llama and Mistral do not look at layer_types; what contradicts them is refused.
     */
    private SlidingWindow agreeing(SlidingWindow window, int layers) {
        JsonNode types = layerTypes(layers);
        for (int layer = 0; types != null && layer < layers; layer++) {
            if (types.get(layer).asText().equals(SLIDING) != window.of(layer) > 0) {
                throw new ModelException(file + " says in layer_types that layer " + layer + " has "
                        + types.get(layer).asText() + ", but a model of its type has "
                        + (window.of(layer) > 0 ? SLIDING : FULL)
                        + " in every layer; layer_types are supported for qwen2 and qwen3");
            }
        }
        return window;
    }

    /** One type per layer, or null where config.json has none. */
    private JsonNode layerTypes(int layers) {
        if (!root.hasNonNull("layer_types")) {
            return null;
        }
        JsonNode types = root.get("layer_types");
        if (types.size() != layers) {
            throw new ModelException(file + " has " + types.size() + " layer_types for " + layers
                    + " layers; give the config.json that belongs to the model");
        }
        for (JsonNode type : types) {
            if (!type.asText().equals(FULL) && !type.asText().equals(SLIDING)) {
                throw new ModelException(file + " has a layer of type '" + type.asText()
                        + "'; supported are '" + FULL + "' and '" + SLIDING + "'");
            }
        }
        return types;
    }

    /** 0 where sliding_window is null; a key that is left out has its default. */
    private int windowTokens() {
        if (!root.has("sliding_window")) {
            return DEFAULT_WINDOW_TOKENS;
        }
        JsonNode window = root.get("sliding_window");
        if (window.isNull()) {
            return 0;
        }
        if (!window.isIntegralNumber() || !window.canConvertToInt() || window.asInt() < 1) {
            throw new ModelException(file + " has sliding_window " + window
                    + "; it must be a number of tokens of at least 1, or null for full attention");
        }
        return window.asInt();
    }

    private ModelException unsupported(String type, String className) {
        return new ModelException(file + " describes a model of type '" + type + "' (" + className
                + "); give a model of a supported type: " + ModelFamily.supported());
    }
}
