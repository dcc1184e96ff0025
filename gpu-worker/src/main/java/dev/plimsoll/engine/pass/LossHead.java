package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Value;
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
    public record Result(Value loss, Value carrier) {}

    private final PassContext c;
    private final Value rows;
    private final Value targets;
    private final int chunk;

    /**
     * @param rows [p], of the hidden states that predict
     * @param targets [p], the tokens that they must predict
     */
    LossHead(PassContext context, Value rows, Value targets, int chunk) {
        this.c = context;
        this.rows = rows;
        this.targets = targets;
        this.chunk = chunk;
    }

    /** The summed loss, fp64 [], and the carrier, both in the given scope. */
    Result run(Value x, boolean backward, HeldScope into) {
        int pairs = c.in().lossTokens();
        Precision wide = c.model().precision().wide();
        Value carrier = null;
        if (backward) {
            carrier = c.buffer(into, c.tokens(), c.model().linearSizes().carrierWidth());
            c.script().callVoid("clear", carrier);
        }
        try (HeldScope all = c.model().held()) {
            int device = c.model().tensors().device();
            Value losses = c.script().call(all.scope(), "zeros", pairs, wide.torchDtype(), device);
            for (int start = 0; start < pairs; start += chunk) {
                chunk(x, losses, start, Math.min(chunk, pairs - start), carrier);
            }
            return new Result(c.script().call(into.scope(), "total", losses), carrier);
        }
    }

    private void chunk(Value x, Value losses, int start, int count, Value carrier) {
        int h = c.config().hiddenSize();
        LlamaWeights weights = c.model().weights();
        try (HeldScope temporary = c.model().held()) {
            Value index = c.script().call(temporary.scope(), "rows", rows, start, count);
            Value wanted = c.script().call(temporary.scope(), "rows", targets, start, count);
            Value loss = c.script().call(temporary.scope(), "rows", losses, start, count);
            temporary.hold((long) count
                    * (h + c.config().vocabSize())
                    * c.model().precision().bytes());
            Value picked = c.script().call(temporary.scope(), "pick", x, index);
            Value normed = c.buffer(temporary, count, h);
            c.model()
                    .kernels()
                    .rmsNorm(
                            PassContext.rows(picked, count, h),
                            weights.norm(),
                            PassContext.rows(normed, count, h));
            Value z = c.script().call(temporary.scope(), "product", normed, weights.head());
            Kernels.Rows logits = PassContext.rows(z, count, c.config().vocabSize());
            c.model().kernels().crossEntropy(logits, wanted, loss, carrier != null);
            if (carrier != null) {
                Value dNormed =
                        c.script().call(temporary.scope(), "product_vjp", z, weights.head());
                c.script().callVoid("clear", normed);
                c.model()
                        .kernels()
                        .rmsNormVjp(
                                PassContext.rows(dNormed, count, h),
                                PassContext.rows(picked, count, h),
                                weights.norm(),
                                PassContext.rows(normed, count, h));
                c.script().callVoid("put_rows", carrier, index, normed);
            }
        }
    }
}
