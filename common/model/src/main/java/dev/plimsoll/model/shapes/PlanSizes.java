package dev.plimsoll.model.shapes;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.protocol.MemoryPlan;

/** What a memory plan asks of a model, within what the model and the micro-batch have. */
public record PlanSizes(MemoryPlan plan, LlamaConfig config) {

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

    /** Rows that the MLP computes at once. */
    public int tileTokens(int tokens) {
        return plan.mlpTileTokens() == 0 ? tokens : Math.min(tokens, plan.mlpTileTokens());
    }

    /** Rows whose logits exist at once. */
    public int chunkTokens(int lossTokens) {
        return Math.min(lossTokens, plan.headChunkTokens());
    }
}
