package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.Linear;
import dev.plimsoll.engine.script.Value;

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
    List<Value> forward(int layer, Value delta, Value x, Value y, HeldScope keepIn) {
        List<Value> kept = new ArrayList<>();
        LayerWeights weights = c.weights(layer);
        for (int start = 0; start < c.tokens(); start += tile) {
            int count = Math.min(tile, c.tokens() - start);
            try (HeldScope temporary = c.model().held()) {
                Value middle = window(temporary, delta, start, count);
                Value gateUp;
                try (HeldScope first = c.model().held()) {
                    Value normed = c.buffer(first, count, normedWidth());
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
            HeldScope scope, LayerWeights weights, Value gateUp, Value middle, Value y, int count) {
        Value a = c.buffer(scope, count, f + c.model().linearSizes().tail(Linear.DOWN));
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
    void backward(int layer, Value middle, List<Value> kept, Value carrier) {
        LayerWeights weights = c.weights(layer);
        for (int start = 0; start < c.tokens(); start += tile) {
            int count = Math.min(tile, c.tokens() - start);
            try (HeldScope temporary = c.model().held()) {
                Value rows = window(temporary, middle, start, count);
                Value dy = window(temporary, carrier, start, count);
                Value gateUp = kept.isEmpty()
                        ? recomputed(temporary, weights, rows, count)
                        : kept.get(start / tile);
                downVjp(layer, gateUp, dy, count);
                Value normed = c.normed(temporary, rows, weights.mlpNorm(), count, Linear.GATE_UP);
                Value dNormed = c.model()
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
    private void downVjp(int layer, Value gateUp, Value dy, int count) {
        LayerWeights weights = c.weights(layer);
        try (HeldScope temporary = c.model().held()) {
            Kernels.Rows derivative =
                    PassContext.rows(dy, count, c.model().linearSizes().carrierWidth());
            Value a = c.model().products().downVjp(temporary, weights, derivative);
            Kernels.Rows activation =
                    PassContext.rows(a, count, c.model().products().downVjpWidth());
            c.model().kernels().swigluVjp(wide(gateUp, count), activation, f);
            Value du = c.script().call(temporary.scope(), "columns", dy, h);
            c.loraGradients(layer, Linear.DOWN, dy, du, a);
        }
    }

    private Value recomputed(HeldScope into, LayerWeights weights, Value middle, int count) {
        try (HeldScope temporary = c.model().held()) {
            Value normed = c.normed(temporary, middle, weights.mlpNorm(), count, Linear.GATE_UP);
            return gateUp(into, weights, normed, count);
        }
    }

    private Value gateUp(HeldScope into, LayerWeights weights, Value normed, int count) {
        return c.model()
                .products()
                .gateUp(into, weights, PassContext.rows(normed, count, normedWidth()));
    }

    private Value window(HeldScope scope, Value tensor, int start, int count) {
        return c.window(scope.scope(), tensor, start, count, c.tokens());
    }

    private Kernels.Rows wide(Value gateUp, int count) {
        return PassContext.rows(gateUp, count, c.model().products().gateUpWidth());
    }

    private int normedWidth() {
        return h + c.model().linearSizes().tail(Linear.GATE_UP);
    }
}
