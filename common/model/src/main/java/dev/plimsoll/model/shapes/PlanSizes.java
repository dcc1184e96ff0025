package dev.plimsoll.model.shapes;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.protocol.MemoryPlan;

/** What a memory plan asks of a model, within what the model and the micro-batch have. */
public record PlanSizes(MemoryPlan plan, LlamaConfig config) {

    /** More rows make the products of the MLP no faster, and what it computes larger. */
    private static final int FAST_TILE = 8192;

    /**
     * Layers that are recomputed, the first ones: between the passes they keep their input only,
     * and what {@link #keepsAttention} says.
     */
    public int recomputedLayers() {
        return Math.min(config.layers(), plan.recomputeLayers());
    }

    /** Layers among those, the first ones, whose input waits in host memory. */
    public int offloadedLayers() {
        return Math.min(recomputedLayers(), plan.offloadLayers());
    }

    /** The least divisor of the key-value heads that is at least the number asked for. */
    public int attentionGroups() {
        int groups = Math.min(plan.attentionGroups(), config.keyValueHeads());
        while (config.keyValueHeads() % groups != 0) {
            groups++;
        }
        return groups;
    }

    /** Whether recomputed layers keep attention's output: of all heads at once. */
    public boolean keepsAttention() {
        return plan.keepAttention() && attentionGroups() == 1;
    }

    /** Rows that the MLP computes at once; 8,192 at most where the plan leaves that open. */
    public int tileTokens(int tokens) {
        int most = plan.mlpTileTokens() == 0 ? FAST_TILE : plan.mlpTileTokens();
        return Math.min(tokens, most);
    }

    /** Rows whose logits exist at once. */
    public int chunkTokens(int lossTokens) {
        return Math.min(lossTokens, plan.headChunkTokens());
    }
}
