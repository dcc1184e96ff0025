package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.torch.Value;
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
        this.tile = mlpTileTokens == 0 ? context.tokens() : Math.min(mlpTileTokens, context.tokens());
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
                    int width = h + c.model().linearSizes().tail(Linear.GATE_UP);
                    Value normed = c.buffer(first, count, width);
                    c.model()
                            .kernels()
                            .addRmsNorm(
                                    PassContext.rows(middle, count, h),
                                    PassContext.rows(window(temporary, x, start, count), count, h),
                                    weights.mlpNorm(),
                                    PassContext.rows(normed, count, width));
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

    private void down(HeldScope scope, LayerWeights weights, Value gateUp, Value middle, Value y, int count) {
        Value a = c.buffer(scope, count, f + c.model().linearSizes().tail(Linear.DOWN));
        c.model().kernels().swiglu(wide(gateUp, count), activation(a, count), f);
        c.script()
                .callVoid(
                        "down",
                        a,
                        weights.matrix(Linear.DOWN),
                        middle,
                        y,
                        f,
                        c.model().loraScaling());
    }

    /**
     * Adds the VJP at the middle [t, h] to carrier [t, h + R], the derivative by y, and the LoRA gradients.
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
                Value gateUp = kept.isEmpty() ? recomputed(temporary, weights, rows, count) : kept.get(start / tile);
                downVjp(layer, gateUp, dy, count);
                Value normed = c.normed(temporary, rows, weights.mlpNorm(), count, Linear.GATE_UP);
                temporary.hold((long) count * h * c.model().precision().bytes());
                Value dNormed = c.script()
                        .call(
                                temporary.scope(),
                                "linear_vjp",
                                gateUp,
                                normed,
                                weights.matrix(Linear.GATE_UP),
                                c.gradients(layer),
                                Linear.GATE_UP.first(),
                                Linear.GATE_UP.parts(),
                                c.model().loraScaling());
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
        Value matrix = c.weights(layer).matrix(Linear.DOWN);
        double scaling = c.model().loraScaling();
        try (HeldScope temporary = c.model().held()) {
            temporary.hold(
                    (long) count * activationWidth() * c.model().precision().bytes());
            Value a = c.script().call(temporary.scope(), "down_vjp", dy, matrix, f, scaling);
            c.model().kernels().swigluVjp(wide(gateUp, count), activation(a, count), f);
            c.script().callVoid("down_gradients", dy, a, matrix, c.gradients(layer), f, scaling);
        }
    }

    private Value recomputed(HeldScope into, LayerWeights weights, Value middle, int count) {
        try (HeldScope temporary = c.model().held()) {
            Value normed = c.normed(temporary, middle, weights.mlpNorm(), count, Linear.GATE_UP);
            return gateUp(into, weights, normed, count);
        }
    }

    private Value gateUp(HeldScope into, LayerWeights weights, Value normed, int count) {
        into.hold((long) count * gateUpWidth() * c.model().precision().bytes());
        return c.script()
                .call(
                        into.scope(),
                        "gate_up",
                        normed,
                        weights.matrix(Linear.GATE_UP),
                        h,
                        c.model().loraScaling());
    }

    private Value window(HeldScope scope, Value tensor, int start, int count) {
        return c.window(scope.scope(), tensor, start, count, c.tokens());
    }

    private Kernels.Rows wide(Value gateUp, int count) {
        return PassContext.rows(gateUp, count, gateUpWidth());
    }

    private Kernels.Rows activation(Value a, int count) {
        return PassContext.rows(a, count, activationWidth());
    }

    private int gateUpWidth() {
        return 2 * f + c.model().linearSizes().tail(Linear.GATE_UP);
    }

    private int activationWidth() {
        return f + c.model().linearSizes().tail(Linear.DOWN);
    }
}
