package dev.plimsoll.model.memory;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.PlanSizes;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerCard;

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
        Kept kept =
                new Kept(config().layers(), planned.recomputedLayers(), planned.offloadedLayers());
        return workBytes(kept, true, tokens, lossTokens, planned);
    }

    /**
     * On one of several cards, through which the micro-batch goes in chunks: what the chunks that
     * are in flight have left there, and the work of one of them.
     *
     * @param part what the plan says of this card's layers
     * @param inFlight the most chunks between their forward and their backward pass on this card,
     *     the one in work among them
     * @param lossTokens of the longest chunk
     */
    public long workBytes(
            WorkerCard card,
            CardPart part,
            int inFlight,
            Chunks chunks,
            int lossTokens,
            MemoryPlan plan) {
        int recomputed = Math.min(card.layers(), part.recomputeLayers());
        Kept kept = new Kept(card.layers(), recomputed, Math.min(recomputed, part.offloadLayers()));
        int longest = chunks.mostTokens();
        int others = chunks.mostTokens(inFlight) - longest;
        return left(kept, others)
                + workBytes(kept, card.head(), longest, lossTokens, new PlanSizes(plan, config()));
    }

    /** What chunks of so many tokens leave for their backward passes. */
    private long left(Kept kept, int tokens) {
        return sizes.inputs(tokens, 0, 0)
                + kept.inputs() * sizes.hidden(tokens)
                + kept.whole() * keptLayer(tokens);
    }

    /**
     * Layers: all of them, those of which the input alone is kept, those that are in host memory.
     */
    private record Kept(int layers, int recomputed, int away) {
        long inputs() {
            return recomputed - away;
        }

        long whole() {
            return layers - recomputed;
        }
    }

    private long workBytes(
            Kept layers, boolean head, int tokens, int lossTokens, PlanSizes planned) {
        long hidden = sizes.hidden(tokens);
        long carrier = sizes.carrier(tokens);
        long inputs = layers.inputs() * hidden;
        long kept = layers.whole() * keptLayer(tokens);
        boolean recomputes = layers.recomputed() > 0;
        boolean keeps = layers.whole() > 0;
        // In the head the final hidden states are there too; the backward pass begins with all that
        // was kept. Without the head they go to the next card.
        long atEnd = inputs
                + kept
                + hidden
                + (head ? carrier + sizes.head(planned.chunkTokens(lossTokens)) : 0);
        // Of inputs on the device and fetched ones two are there at once, at least.
        long ahead =
                layers.away() == 0 ? 0 : Math.clamp(2 - layers.inputs(), 0, layers.away()) * hidden;
        long firstBackward = keeps
                ? inputs + kept + carrier + mlpBackward(tokens, planned, true)
                : inputs + ahead + carrier + recompute(tokens, planned);
        long lastKept =
                keeps && recomputes ? inputs + ahead + carrier + recompute(tokens, planned) : 0;
        // The bounds of sequences, of which a forecast does not know the number, are left out.
        return sizes.inputs(tokens, 0, head ? lossTokens : 0)
                + Math.max(atEnd, Math.max(firstBackward, lastKept));
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
