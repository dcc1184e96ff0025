package dev.plimsoll.model.hf;

/**
 * Wherein a decoder differs from a plain Llama. Everything else is the same in all families:
 * RMSNorm before attention and before SwiGLU, rotary positions over the whole head, grouped keys
 * and values, and PEFT's names.
 *
 * @param attentionBias config.json's attention_bias: q, k, v and o projection have a bias
 */
public record Architecture(ModelFamily family, boolean attentionBias, SlidingWindow window) {

    /** No bias, no norm of queries and keys, no window. */
    public static final Architecture LLAMA =
            new Architecture(ModelFamily.LLAMA, false, SlidingWindow.NONE);

    public Architecture {
        boolean biased = switch (family) {
            case LLAMA, QWEN3 -> true;
            case MISTRAL, QWEN2 -> !attentionBias;
        };
        boolean windowed = switch (family) {
            case LLAMA -> window.tokens() == 0;
            case MISTRAL -> window.fullLayers().isEmpty();
            case QWEN2, QWEN3 -> true;
        };
        if (!biased || !windowed) {
            throw new IllegalArgumentException(
                    family + " models have no attention_bias " + attentionBias + " with " + window);
        }
    }

    /** y = x·Wᵀ + b in the query, key and value projections. */
    public boolean queryKeyValueBias() {
        return attentionBias || family == ModelFamily.QWEN2;
    }

    /** y = x·Wᵀ + b in the output projection. */
    public boolean outputBias() {
        return attentionBias;
    }

    /**
     * Before the rotation q ← q / √(mean(q²) + rmsNormEps) · g_q per head, and k alike with g_k;
     * both weights have headDim values.
     */
    public boolean queryKeyNorm() {
        return family == ModelFamily.QWEN3;
    }
}
