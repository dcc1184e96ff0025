package dev.plimsoll.engine.llama;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.MemoryPlan;

/**
 * Bytes of what the passes keep and need, from the shapes: what a simulated card charges. One letter per size as in
 * llama.py.
 */
final class ActivationSizes {

    private final LlamaConfig config;
    private final long elementBytes;
    private final long wideBytes;

    ActivationSizes(LlamaConfig config, Precision precision) {
        this.config = config;
        this.elementBytes = precision.bytes();
        this.wideBytes = precision.wide().bytes();
    }

    /** One [t, h] activation. */
    long hidden(int tokens) {
        return (long) tokens * config.hiddenSize() * elementBytes;
    }

    /** Tokens, positions, cos, sin, bounds. */
    long inputs(PackedInputs in) {
        long integers = 8L * (2L * in.tokenCount() + in.bounds().length + 2L * in.lossTokens());
        return integers + wideBytes * in.tokenCount() * config.headDim();
    }

    /** q, k, v, o and the log-sum-exp of each head. */
    long attentionKept(int tokens) {
        long perToken = 2L * queryWidth() + 2L * keyValueWidth();
        return tokens * (perToken * elementBytes + config.attentionHeads() * wideBytes);
    }

    /** gate and up. */
    long mlpKept(int tokens) {
        return 2L * tokens * config.intermediateSize() * elementBytes;
    }

    /** The normed input and the projections before rotation, the kept tensors and the output. */
    long attentionForwardWork(int tokens) {
        return attentionKept(tokens) + 2 * hidden(tokens) + tokens * (queryWidth() + keyValueWidth()) * elementBytes;
    }

    /** do, dq, dk, dv and their rotations; the normed input, its derivative and the result. */
    long attentionBackwardWork(int tokens) {
        return tokens * (3L * queryWidth() + 4L * keyValueWidth()) * elementBytes + 4 * hidden(tokens);
    }

    /** gate, up, silu, product of one tile, and the output of all. */
    long mlpForwardWork(int tokens, int tile) {
        int rows = Math.min(tokens, tile);
        return 4L * rows * config.intermediateSize() * elementBytes + 2 * hidden(rows) + hidden(tokens);
    }

    /** silu, product, their derivatives, dgate and dup of one tile; gate and up too where they are not kept. */
    long mlpBackwardWork(int tokens, int tile, boolean kept) {
        int rows = Math.min(tokens, tile);
        long wide = (kept ? 6L : 8L) * rows * config.intermediateSize() * elementBytes;
        return wide + 3 * hidden(rows) + hidden(tokens);
    }

    /** Logits of a chunk in the compute dtype and wide, and the derivative of the head's input. */
    long headWork(int tokens, int lossTokens, MemoryPlan plan) {
        long rows = Math.min(lossTokens, plan.headChunkTokens());
        return rows * config.vocabSize() * (elementBytes + wideBytes) + hidden(tokens) + 3 * hidden((int) rows);
    }

    private long queryWidth() {
        return (long) config.attentionHeads() * config.headDim();
    }

    private long keyValueWidth() {
        return (long) config.keyValueHeads() * config.headDim();
    }
}
