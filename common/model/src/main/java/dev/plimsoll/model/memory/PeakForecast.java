package dev.plimsoll.model.memory;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

/**
 * The most bytes of live tensors during a micro-batch beyond what is there between micro-batches,
 * from shapes alone: the engine's own order of allocations, written down as arithmetic.
 *
 * <p>Letters: t tokens, h hidden, n query heads, m key-value heads, d head, f MLP, v vocabulary, R
 * tail of a linear map.
 *
 * @param elementBytes of activations: 2 in bf16
 * @param tailMultiple what tails are rounded up to: 64 on a GPU
 */
public record PeakForecast(
        LlamaConfig config, LoraSettings lora, int elementBytes, int tailMultiple) {

    /**
     * Floats behind an activation: log-sum-exp, angles, losses, sums of dq in the attention
     * kernels.
     */
    private static final int WIDE_BYTES = 4;

    /** @param lossTokens that are predicted, at most tokens */
    public long workBytes(int tokens, int lossTokens, MemoryPlan plan) {
        int layers = config.layers();
        int recomputed = Math.min(layers, plan.recomputeLayers());
        int away = Math.min(recomputed, plan.offloadLayers());
        long hidden = matrix(tokens, config.hiddenSize());
        long carrier = matrix(tokens, config.hiddenSize() + tail(Projection.DOWN_PROJ));
        long inputs = (recomputed - away) * hidden;
        long kept = (layers - recomputed) * keptLayer(tokens);
        // In the head the final hidden states are there too; the backward pass begins with all that
        // was kept.
        long atHead = inputs + kept + hidden + carrier + head(lossTokens, plan);
        long ahead = Math.min(2, away) * hidden;
        long firstBackward = recomputed < layers
                ? inputs + kept + carrier + mlpBackward(tokens, plan, true)
                : inputs + ahead + carrier + recompute(tokens, plan);
        long lastKept = recomputed < layers && recomputed > 0
                ? inputs + ahead + carrier + recompute(tokens, plan)
                : 0;
        return angles(tokens, lossTokens) + Math.max(atHead, Math.max(firstBackward, lastKept));
    }

    /** x, q, k, v, o and its log-sum-exp, the middle, gate and up with room for a tail. */
    private long keptLayer(int tokens) {
        return 2 * matrix(tokens, config.hiddenSize()) + attention(tokens, 1) + gateUp(tokens);
    }

    /** q, k, v of a group, o of all heads, log-sum-exp. */
    private long attention(int tokens, int groups) {
        long heads = config.attentionHeads();
        int width =
                (config.attentionHeads() + 2 * config.keyValueHeads()) * config.headDim() / groups;
        return matrix(tokens, width) + matrix(tokens, queryWidth()) + WIDE_BYTES * heads * tokens;
    }

    private long recompute(int tokens, MemoryPlan plan) {
        int groups = Math.min(plan.attentionGroups(), config.keyValueHeads());
        long middle = matrix(tokens, config.hiddenSize());
        if (groups == 1) {
            long mlp = attention(tokens, 1) + middle + mlpBackward(tokens, plan, false);
            return Math.max(mlp, attention(tokens, 1) + attentionBackward(tokens, 1));
        }
        long heads =
                matrix(tokens, queryWidth()) + WIDE_BYTES * (long) config.attentionHeads() * tokens;
        long mlp = heads + middle + mlpBackward(tokens, plan, false);
        long normed = 2 * matrix(tokens, config.hiddenSize() + tail(Projection.Q_PROJ));
        return Math.max(mlp, heads + normed + groupBackward(tokens, groups));
    }

    /** do, dq, dk, dv, then all of them side by side, the normed input and its derivative. */
    private long attentionBackward(int tokens, int groups) {
        return groupBackward(tokens, groups)
                + 2 * matrix(tokens, config.hiddenSize() + tail(Projection.Q_PROJ));
    }

    /**
     * q, k, v; do and dq; dk and dv for every query head until they are summed; sums of dq in fp32.
     */
    private long groupBackward(int tokens, int groups) {
        int width = (config.attentionHeads() + 2 * config.keyValueHeads()) * config.headDim();
        long wide = matrix(tokens, width) + 4 * matrix(tokens, queryWidth());
        return (wide + (long) WIDE_BYTES * tokens * queryWidth()) / groups;
    }

    /** Of one tile: silu(gate)·up with room for a tail; where nothing was kept gate and up, too. */
    private long mlpBackward(int tokens, MemoryPlan plan, boolean kept) {
        int rows = plan.mlpTileTokens() == 0 ? tokens : Math.min(tokens, plan.mlpTileTokens());
        return matrix(rows, config.intermediateSize() + tail(Projection.DOWN_PROJ))
                + (kept ? 0 : gateUp(rows));
    }

    /** Logits of a chunk, the picked rows, their norm and its derivative. */
    private long head(int lossTokens, MemoryPlan plan) {
        int rows = Math.min(lossTokens, plan.headChunkTokens());
        return matrix(rows, config.vocabSize()) + 3 * matrix(rows, config.hiddenSize());
    }

    private long angles(int tokens, int lossTokens) {
        return (long) tokens * config.headDim() * WIDE_BYTES
                + Long.BYTES * (tokens + 2L * lossTokens);
    }

    private long gateUp(int tokens) {
        return matrix(tokens, 2 * config.intermediateSize() + tail(Projection.GATE_PROJ));
    }

    private int queryWidth() {
        return config.attentionHeads() * config.headDim();
    }

    /** R of the linear map that a projection is the first of. */
    private int tail(Projection first) {
        int ranks = switch (first) {
            case Q_PROJ -> ranks(Projection.Q_PROJ, Projection.K_PROJ, Projection.V_PROJ);
            case GATE_PROJ -> ranks(Projection.GATE_PROJ, Projection.UP_PROJ);
            default -> Math.max(ranks(Projection.O_PROJ), ranks(Projection.DOWN_PROJ));
        };
        return (ranks + tailMultiple - 1) / tailMultiple * tailMultiple;
    }

    private int ranks(Projection... projections) {
        int ranks = 0;
        for (Projection p : projections) {
            ranks += lora.targets().contains(p) ? lora.loraRank() : 0;
        }
        return ranks;
    }

    private long matrix(int rows, int columns) {
        return (long) rows * columns * elementBytes;
    }
}
