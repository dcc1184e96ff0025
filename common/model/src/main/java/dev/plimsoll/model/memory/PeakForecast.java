package dev.plimsoll.model.memory;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.PlanSizes;
import dev.plimsoll.wire.protocol.MemoryPlan;

/**
 * The most bytes of live tensors during a micro-batch beyond what is there between micro-batches,
 * from shapes alone: the engine's own order of allocations, written down as arithmetic.
 *
 * <p>Letters: t tokens, h hidden, n query heads, m key-value heads, d head, f MLP, v vocabulary, R
 * tail of a linear map.
 */
public record PeakForecast(ActivationSizes sizes) {

    /** @param lossTokens that are predicted, at most tokens */
    public long workBytes(int tokens, int lossTokens, MemoryPlan plan) {
        PlanSizes planned = new PlanSizes(plan, config());
        int layers = config().layers();
        int recomputed = planned.recomputedLayers();
        int away = planned.offloadedLayers();
        long hidden = sizes.hidden(tokens);
        long carrier = sizes.carrier(tokens);
        long inputs = (recomputed - away) * hidden;
        long kept = (layers - recomputed) * keptLayer(tokens);
        // In the head the final hidden states are there too; the backward pass begins with all that
        // was kept.
        long atHead =
                inputs + kept + hidden + carrier + sizes.head(planned.chunkTokens(lossTokens));
        // Of inputs on the device and fetched ones two are there at once, at least.
        long ahead = away == 0 ? 0 : Math.clamp(2 - (recomputed - away), 0, away) * hidden;
        long firstBackward = recomputed < layers
                ? inputs + kept + carrier + mlpBackward(tokens, planned, true)
                : inputs + ahead + carrier + recompute(tokens, planned);
        long lastKept = recomputed < layers && recomputed > 0
                ? inputs + ahead + carrier + recompute(tokens, planned)
                : 0;
        // The bounds of sequences, of which a forecast does not know the number, are left out.
        return sizes.inputs(tokens, 0, lossTokens)
                + Math.max(atHead, Math.max(firstBackward, lastKept));
    }

    /** x, q, k, v, o and its log-sum-exp, the middle, gate and up with room for a tail. */
    private long keptLayer(int tokens) {
        return 2 * sizes.hidden(tokens) + attention(tokens) + sizes.gateUp(tokens);
    }

    /** q, k, v, o of all heads, log-sum-exp. */
    private long attention(int tokens) {
        return sizes.queryKeyValue(tokens, 1) + sizes.attended(tokens);
    }

    private long recompute(int tokens, PlanSizes planned) {
        int groups = planned.attentionGroups();
        long middle = sizes.hidden(tokens);
        if (groups == 1) {
            long mlp = attention(tokens) + middle + mlpBackward(tokens, planned, false);
            return Math.max(mlp, attention(tokens) + attentionBackward(tokens, 1));
        }
        long heads = sizes.attended(tokens);
        long mlp = heads + middle + mlpBackward(tokens, planned, false);
        return Math.max(mlp, heads + attentionBackward(tokens, groups));
    }

    /**
     * Of a group: q, k, v; do, dq, dk, dv and the sums of dq; then all of them side by side, the
     * normed input and its derivative.
     */
    private long attentionBackward(int tokens, int groups) {
        long group = (sizes.queryKeyValue(tokens, 1) + sizes.attentionBackward(tokens)) / groups;
        return group + 2 * sizes.input(tokens, Linear.QKV);
    }

    /** Of one tile: silu(gate)·up with room for a tail; where nothing was kept gate and up, too. */
    private long mlpBackward(int tokens, PlanSizes planned, boolean kept) {
        int rows = planned.tileTokens(tokens);
        return sizes.input(rows, Linear.DOWN) + (kept ? 0 : sizes.gateUp(rows));
    }

    private LlamaConfig config() {
        return sizes.linears().config();
    }
}
