package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.weights.LlamaWeights;

/**
 * The loss over the training targets and its derivative, a chunk of rows at a time: only one
 * chunk's logits exist.
 */
public final class LossHead {

    /**
     * @param carrier derivative by the final hidden states [t, h + R], R for a tail; null without a
     *     backward pass
     */
    public record Result(Tensor loss, Tensor carrier) {}

    private final PassContext c;
    private final Tensor rows;
    private final Tensor targets;
    private final int chunk;

    /**
     * @param rows [p], of the hidden states that predict
     * @param targets [p], the tokens that they must predict
     */
    LossHead(PassContext context, Tensor rows, Tensor targets, int chunk) {
        this.c = context;
        this.rows = rows;
        this.targets = targets;
        this.chunk = chunk;
    }

    /** The summed loss, fp64 [], and the carrier, both in the given scope. */
    Result run(Tensor x, boolean backward, HeldScope into) {
        int pairs = c.in().lossTokens();
        Precision wide = c.model().precision().wide();
        Tensor carrier = null;
        if (backward) {
            carrier = c.buffer(into, c.tokens(), c.model().linearSizes().carrierWidth());
            c.script().clear(carrier);
        }
        try (HeldScope all = c.model().held()) {
            int device = c.model().tensors().device();
            Tensor losses = c.script().zeros(all.scope(), pairs, wide.torchDtype(), device);
            for (int start = 0; start < pairs; start += chunk) {
                chunk(x, losses, start, Math.min(chunk, pairs - start), carrier);
            }
            return new Result(c.script().total(into.scope(), losses), carrier);
        }
    }

    private void chunk(Tensor x, Tensor losses, int start, int count, Tensor carrier) {
        int h = c.config().hiddenSize();
        LlamaWeights weights = c.model().weights();
        try (HeldScope temporary = c.model().held()) {
            Tensor index = c.script().rows(temporary.scope(), rows, start, count);
            Tensor wanted = c.script().rows(temporary.scope(), targets, start, count);
            Tensor loss = c.script().rows(temporary.scope(), losses, start, count);
            temporary.hold((long) count
                    * (h + c.config().vocabSize())
                    * c.model().precision().bytes());
            Tensor picked = c.script().pick(temporary.scope(), x, index);
            Tensor normed = c.buffer(temporary, count, h);
            c.model()
                    .kernels()
                    .rmsNorm(
                            PassContext.rows(picked, count, h),
                            weights.norm(),
                            PassContext.rows(normed, count, h));
            Tensor z = c.script().product(temporary.scope(), normed, weights.head());
            Kernels.Rows logits = PassContext.rows(z, count, c.config().vocabSize());
            c.model().kernels().crossEntropy(logits, wanted, loss, carrier != null);
            if (carrier != null) {
                Tensor dNormed = c.script().productVjp(temporary.scope(), z, weights.head());
                c.script().clear(normed);
                c.model()
                        .kernels()
                        .rmsNormVjp(
                                PassContext.rows(dNormed, count, h),
                                PassContext.rows(picked, count, h),
                                weights.norm(),
                                PassContext.rows(normed, count, h));
                c.script().putRows(carrier, index, normed);
            }
        }
    }
}
