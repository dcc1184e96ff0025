package dev.plimsoll.model.shapes;

import dev.plimsoll.model.hf.LlamaConfig;

/** Bytes of what the passes keep and need, from the shapes. Letters as in llama.py. */
public record ActivationSizes(LinearSizes linears, Precision precision) {

    /** [rows, columns] in the compute precision. */
    public long matrix(int rows, int columns) {
        return (long) rows * columns * precision.bytes();
    }

    /** One [t, h] activation. */
    public long hidden(int tokens) {
        return matrix(tokens, config().hiddenSize());
    }

    /** The derivative of the residual stream with its tail, [t, h + R]. */
    public long carrier(int tokens) {
        return matrix(tokens, linears.carrierWidth());
    }

    /** The input of a linear map with room for its tail, [t, i + R]. */
    public long input(int tokens, Linear linear) {
        return matrix(tokens, linears.inputWidth(linear));
    }

    /** Gate and up with room for a tail, [t, 2f + R]. */
    public long gateUp(int tokens) {
        return matrix(tokens, linears.outputWidth(Linear.GATE_UP));
    }

    /** q, k and v of a group, [t, (n + 2m)d / groups]. */
    public long queryKeyValue(int tokens, int groups) {
        return matrix(tokens, linears.rows(Linear.QKV) / groups);
    }

    /**
     * Tokens, targets and their rows, cos, sin, bounds.
     *
     * @param bounds their number: one more than sequences
     */
    public long inputs(int tokens, int bounds, int lossTokens) {
        long integers = 8L * (tokens + bounds + 2L * lossTokens);
        return integers + (long) precision.wide().bytes() * tokens * config().headDim();
    }

    /** o of all heads and the log-sum-exp of each. */
    public long attended(int tokens) {
        return attentionOutput(tokens) + logSumExp(tokens);
    }

    /** o of all heads, [t, nd]. */
    public long attentionOutput(int tokens) {
        return matrix(tokens, linears.queryWidth());
    }

    /** Of each query head, [n, t]. */
    public long logSumExp(int tokens) {
        return (long) tokens * config().attentionHeads() * precision.wide().bytes();
    }

    /** q and k before the norms of their heads, where the architecture has such norms. */
    public long beforeHeadNorms(int tokens) {
        return config().queryKeyNorm()
                ? matrix(
                        tokens,
                        (config().attentionHeads() + config().keyValueHeads()) * config().headDim())
                : 0;
    }

    /**
     * What attention's kernels need backward besides do, dq, dk and dv: the sums of dq in fp32, and
     * dk and dv for every query head, where several share them, until they are summed.
     */
    public long attentionScratch(int tokens) {
        boolean shared = config().keyValueHeads() < config().attentionHeads();
        return (shared ? 2 * attentionOutput(tokens) : 0)
                + (long) tokens * linears.queryWidth() * precision.wide().bytes();
    }

    /** Logits of the rows, the picked rows, their norm and its derivative. */
    public long head(int rows) {
        return matrix(rows, config().vocabSize()) + 3 * hidden(rows);
    }

    private LlamaConfig config() {
        return linears.config();
    }
}
