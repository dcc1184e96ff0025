package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.run.Projection;

import java.util.List;

/**
 * Floating-point operations that a forward and backward of a frozen Llama takes, whatever the plan:
 *
 * <pre>
 * products   forward  2·(P·t + H·l)       backward the same: only the inputs have a gradient
 * attention  forward  4·n·d·Σ keys seen   backward 2.5 times that
 * </pre>
 *
 * <p>P parameters of all layers' projections, H of the head, t tokens, l of them trained: the head
 * of the others is not needed. n query heads, d head size. Keys seen are summed over layers,
 * sequences and tokens: T²/2 for a sequence of T tokens, fewer in a layer with a sliding window.
 * Attention's backward is 2.5 times its forward, five products for two, the scores computed anew
 * among them, as FlashAttention counts (Dao 2023, section 4.1). Recomputed layers do not count, nor
 * do LoRA's own products, norms and the rotation: what they cost lowers the rate.
 */
final class ModelFlops {

    private ModelFlops() {}

    static double forwardAndBackward(LlamaConfig model, List<PackedSequence> batch) {
        double projections = 0;
        for (Projection p : Projection.values()) {
            projections += (double) model.layers() * model.inFeatures(p) * model.outFeatures(p);
        }
        double head = (double) model.vocabSize() * model.hiddenSize();
        double products = 0;
        double keysSeen = 0;
        for (PackedSequence sequence : batch) {
            double length = sequence.tokens().length;
            products += projections * length + head * sequence.lossTokens();
            for (int layer = 0; layer < model.layers(); layer++) {
                keysSeen += keysSeen(length, model.slidingWindow(layer));
            }
        }
        double attention = 4.0 * model.attentionHeads() * model.headDim() * keysSeen;
        return 2 * 2 * products + (1 + 2.5) * attention;
    }

    /**
     * T²/2; with a window W shorter than T, W²/2 for the first W tokens and W for each of the
     * others.
     */
    private static double keysSeen(double length, int window) {
        if (window == 0 || window >= length) {
            return length * length / 2;
        }
        return window * (double) window / 2 + (length - window) * window;
    }
}
