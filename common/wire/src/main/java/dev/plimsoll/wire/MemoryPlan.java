package dev.plimsoll.wire;

/**
 * How one micro-batch spends memory; it never changes the gradient.
 *
 * @param recomputeLayers layers, from the first, whose activations are recomputed in the backward pass; a number
 *     beyond the model's means all of them: {@link #ALL_LAYERS}
 * @param headChunkTokens tokens of the loss head handled at once: bounds the logits to headChunkTokens × vocabulary
 * @param mlpTileTokens tokens of the MLP handled at once; 0 for all of them
 */
public record MemoryPlan(int recomputeLayers, int headChunkTokens, int mlpTileTokens) {

    /** Recompute every layer, however many the model has. */
    public static final int ALL_LAYERS = Integer.MAX_VALUE;

    public MemoryPlan {
        if (recomputeLayers < 0 || headChunkTokens < 1 || mlpTileTokens < 0) {
            throw new IllegalArgumentException("memory plan with recomputeLayers " + recomputeLayers
                    + ", headChunkTokens " + headChunkTokens + ", mlpTileTokens " + mlpTileTokens
                    + "; layers and tile must not be negative and the chunk must be at least 1");
        }
    }
}
