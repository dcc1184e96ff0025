package dev.plimsoll.wire;

/**
 * How one micro-batch spends memory; it never changes the gradient.
 *
 * @param recomputeLayers layers, from the first, whose activations are recomputed in the backward pass; 0 to all
 * @param headChunkTokens tokens of the loss head handled at once: bounds the logits to headChunkTokens × vocabulary
 * @param mlpTileTokens tokens of the MLP handled at once; 0 for all of them
 */
public record MemoryPlan(int recomputeLayers, int headChunkTokens, int mlpTileTokens) {

    public MemoryPlan {
        if (recomputeLayers < 0 || headChunkTokens < 1 || mlpTileTokens < 0) {
            throw new IllegalArgumentException("memory plan with recomputeLayers " + recomputeLayers
                    + ", headChunkTokens " + headChunkTokens + ", mlpTileTokens " + mlpTileTokens
                    + "; layers and tile must not be negative and the chunk must be at least 1");
        }
    }
}
