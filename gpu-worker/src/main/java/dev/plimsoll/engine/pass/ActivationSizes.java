package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.linear.LinearSizes;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.model.hf.LlamaConfig;

/**
 * Bytes of what the passes keep and need, from the shapes: what a simulated card charges. Letters
 * as in llama.py.
 */
record ActivationSizes(LinearSizes linears, Precision precision) {

    /** One [t, h] activation. */
    long hidden(int tokens) {
        return (long) tokens * config().hiddenSize() * precision.bytes();
    }

    /** Tokens, targets and their rows, cos, sin, bounds. */
    long inputs(PackedMicroBatch in) {
        long integers = 8L * (in.tokenCount() + in.bounds().length + 2L * in.lossTokens());
        return integers + (long) precision.wide().bytes() * in.tokenCount() * config().headDim();
    }

    /** o of all heads and the log-sum-exp of each. */
    long attended(int tokens) {
        long heads = config().attentionHeads();
        return tokens
                * (heads * config().headDim() * precision.bytes()
                        + heads * precision.wide().bytes());
    }

    /**
     * do and dq; dk and dv, which kernels keep for every query head until they are summed; sums of
     * dq in fp32.
     */
    long attentionBackward(int tokens) {
        long queries = (long) config().attentionHeads() * config().headDim();
        return tokens * queries * (4L * precision.bytes() + precision.wide().bytes());
    }

    private LlamaConfig config() {
        return linears.config();
    }
}
