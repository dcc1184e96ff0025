package dev.plimsoll.model.hf;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The decoder families that can be trained, with Transformers' defaults for keys that config.json
 * leaves out.
 */
public enum ModelFamily {
    /** Llama 2, 3 and 3.1 and what is derived from them, DeepSeek-R1-Distill-Llama for one. */
    LLAMA("llama", "LlamaForCausalLM", 0, 0, 2048),
    /** A Llama whose queries may see a sliding window of keys only. */
    MISTRAL("mistral", "MistralForCausalLM", 8, 0, 131_072),
    /** Qwen2 and 2.5: the query, key and value projections have a bias. */
    QWEN2("qwen2", "Qwen2ForCausalLM", 32, 0, 32_768),
    /** No bias as a rule; every query and key head goes through an RMSNorm before it is rotated. */
    QWEN3("qwen3", "Qwen3ForCausalLM", 32, 128, 32_768);

    private final String modelType;
    private final String className;
    private final int defaultKeyValueHeads;
    private final int defaultHeadDim;
    private final int defaultMaxPositions;

    ModelFamily(
            String modelType, String className, int keyValueHeads, int headDim, int maxPositions) {
        this.modelType = modelType;
        this.className = className;
        this.defaultKeyValueHeads = keyValueHeads;
        this.defaultHeadDim = headDim;
        this.defaultMaxPositions = maxPositions;
    }

    /** The family of a config.json's model_type. */
    static Optional<ModelFamily> of(String modelType) {
        return Arrays.stream(values())
                .filter(family -> family.modelType.equals(modelType))
                .findFirst();
    }

    /** All of them, as a message to a person names them. */
    static String supported() {
        return Arrays.stream(values())
                .map(family -> "'" + family.modelType + "' (" + family.className + ")")
                .collect(Collectors.joining(", "));
    }

    /** model_type in config.json. */
    public String modelType() {
        return modelType;
    }

    /** The first of architectures in config.json: Transformers' class. */
    public String className() {
        return className;
    }

    /** Where config.json does not say; 0: as many as there are query heads. */
    int defaultKeyValueHeads() {
        return defaultKeyValueHeads;
    }

    /** Where config.json does not say; 0: hidden_size / num_attention_heads. */
    int defaultHeadDim() {
        return defaultHeadDim;
    }

    int defaultMaxPositions() {
        return defaultMaxPositions;
    }
}
