package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.Linear;
import dev.plimsoll.engine.script.Tensor;

import java.util.ArrayList;
import java.util.List;

/** The MLP block of a layer, y = middle + (silu(gate) * up).WdownT, a tile of rows at a time. */
final class MlpBlock {

    private final PassContext c;
    private final int tile;
    private final int h;
    private final int f;

    MlpBlock(PassContext context, int mlpTileTokens) {
        this.c = context;
        this.tile =
                mlpTileTokens == 0 ? context.tokens() : Math.min(mlpTileTokens, context.tokens());
        this.h = context.config().hiddenSize();
        this.f = context.config().intermediateSize();
    }

    /**
     * Turns delta into the middle of the layer, delta + x, and computes y, which may be delta too.
     *
     * @param keepIn owns gate and up of each tile, which are returned; null keeps nothing
     */
    List<Tensor> forward(int layer, Tensor delta, Tensor x, Tensor y, HeldScope keepIn) {
        List<Tensor> kept = new ArrayList<>();
        LayerWeights weights = c.weights(layer);
        for (int start = 0; start < c.tokens(); start += tile) {
            int count = Math.min(tile, c.tokens() - start);
            try (HeldScope temporary = c.model().held()) {
                Tensor middle = window(temporary, delta, start, count);
                Tensor gateUp;
                try (HeldScope first = c.model().held()) {
                    Tensor normed = c.buffer(first, count, normedWidth());
                    c.model()
                            .kernels()
                            .addRmsNorm(
                                    PassContext.rows(middle, count, h),
                                    PassContext.rows(window(temporary, x, start, count), count, h),
                                    weights.mlpNorm(),
                                    PassContext.rows(normed, count, normedWidth()));
                    gateUp = gateUp(keepIn == null ? temporary : keepIn, weights, normed, count);
                }
                if (keepIn != null) {
                    kept.add(gateUp);
                }
                down(temporary, weights, gateUp, middle, window(temporary, y, start, count), count);
            }
        }
        return kept;
    }

    private void down(
            HeldScope scope,
            LayerWeights weights,
            Tensor gateUp,
            Tensor middle,
            Tensor y,
            int count) {
        Tensor a = c.buffer(scope, count, f + c.model().linearSizes().tail(Linear.DOWN));
        Kernels.Rows activation =
                PassContext.rows(a, count, f + c.model().linearSizes().tail(Linear.DOWN));
        c.model().kernels().swiglu(wide(gateUp, count), activation, f);
        c.model().products().down(weights, activation, middle, y);
    }

    /**
     * Adds the VJP at the middle [t, h] to carrier [t, h + R], the derivative by y, and the LoRA
     * gradients.
     *
     * @param kept gate and up of each tile, which are overwritten; empty recomputes them
     */
    void backward(int layer, Tensor middle, List<Tensor> kept, Tensor carrier) {
        LayerWeights weights = c.weights(layer);
        for (int start = 0; start < c.tokens(); start += tile) {
            int count = Math.min(tile, c.tokens() - start);
            try (HeldScope temporary = c.model().held()) {
                Tensor rows = window(temporary, middle, start, count);
                Tensor dy = window(temporary, carrier, start, count);
                Tensor gateUp = kept.isEmpty()
                        ? recomputed(temporary, weights, rows, count)
                        : kept.get(start / tile);
                downVjp(layer, gateUp, dy, count);
                Tensor normed = c.normed(temporary, rows, weights.mlpNorm(), count, Linear.GATE_UP);
                Tensor dNormed = c.model()
                        .products()
                        .gateUpVjp(
                                temporary,
                                weights,
                                wide(gateUp, count),
                                PassContext.rows(normed, count, normedWidth()),
                                c.gradients(layer));
                c.model()
                        .kernels()
                        .rmsNormVjp(
                                PassContext.rows(dNormed, count, h),
                                PassContext.rows(rows, count, h),
                                weights.mlpNorm(),
                                PassContext.rows(
                                        dy, count, c.model().linearSizes().carrierWidth()));
            }
        }
    }

    /** Gate and up become their derivatives. */
    private void downVjp(int layer, Tensor gateUp, Tensor dy, int count) {
        LayerWeights weights = c.weights(layer);
        try (HeldScope temporary = c.model().held()) {
            Kernels.Rows derivative =
                    PassContext.rows(dy, count, c.model().linearSizes().carrierWidth());
            Tensor a = c.model().products().downVjp(temporary, weights, derivative);
            Kernels.Rows activation =
                    PassContext.rows(a, count, c.model().products().downVjpWidth());
            c.model().kernels().swigluVjp(wide(gateUp, count), activation, f);
            Tensor du = c.script().columns(temporary.scope(), dy, h);
            c.loraGradients(layer, Linear.DOWN, dy, du, a);
        }
    }

    private Tensor recomputed(HeldScope into, LayerWeights weights, Tensor middle, int count) {
        try (HeldScope temporary = c.model().held()) {
            Tensor normed = c.normed(temporary, middle, weights.mlpNorm(), count, Linear.GATE_UP);
            return gateUp(into, weights, normed, count);
        }
    }

    private Tensor gateUp(HeldScope into, LayerWeights weights, Tensor normed, int count) {
        return c.model()
                .products()
                .gateUp(into, weights, PassContext.rows(normed, count, normedWidth()));
    }

    private Tensor window(HeldScope scope, Tensor tensor, int start, int count) {
        return c.window(scope.scope(), tensor, start, count, c.tokens());
    }

    private Kernels.Rows wide(Tensor gateUp, int count) {
        return PassContext.rows(gateUp, count, c.model().products().gateUpWidth());
    }

    private int normedWidth() {
        return h + c.model().linearSizes().tail(Linear.GATE_UP);
    }
}
