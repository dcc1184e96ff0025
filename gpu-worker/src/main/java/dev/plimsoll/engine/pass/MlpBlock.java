package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.kernels.MlpRanks;
import dev.plimsoll.engine.linear.FrozenProducts;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.LoraProducts;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.Linear;

import java.util.ArrayList;
import java.util.List;

/** The MLP block of a layer, y = middle + (silu(gate) * up).WdownT, a tile of rows at a time. */
final class MlpBlock {

    private final PassContext c;
    private final int tile;
    private final int h;
    private final int f;
    private final Kernels.Mlp shape;
    /**
     * Where the activation adds LoRA's part, and its derivative in kept layers sums LoRA's
     * gradients too; otherwise null.
     */
    private final FrozenProducts frozen;

    /** @param tile rows at a time, at most all tokens */
    MlpBlock(PassContext context, int tile) {
        this.c = context;
        this.tile = tile;
        this.h = context.config().hiddenSize();
        this.f = context.config().intermediateSize();
        MlpRanks ranks = MlpRanks.of(context.model().linearSizes());
        this.shape = new Kernels.Mlp(f, h, ranks, context.model().loraScaling());
        boolean fused = tail() > 0 && context.model().kernels().takes(ranks, f);
        this.frozen =
                fused && context.model().products() instanceof FrozenProducts some ? some : null;
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
                Tensor result = window(temporary, y, start, count);
                down(temporary, weights, gateUp, middle, result, count, keepIn != null);
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
            int count,
            boolean isKept) {
        Tensor a = c.buffer(scope, count, c.model().linearSizes().inputWidth(Linear.DOWN));
        Kernels.Rows activation =
                PassContext.rows(a, count, c.model().linearSizes().inputWidth(Linear.DOWN));
        if (frozen == null) {
            c.model().kernels().swiglu(wide(gateUp, count), activation, f);
        } else {
            Kernels.Rows rows = wide(gateUp, count);
            c.model().kernels().swigluLora(rows, activation, weights.windows(), shape);
        }
        c.model().products().down(weights, activation, middle, y);
        if (isKept && hasRoomForDown()) {
            c.model()
                    .kernels()
                    .copyStrip(
                            activation,
                            f,
                            wide(gateUp, count),
                            2 * f + shape.ranks().gateUp(),
                            shape.ranks().down());
        }
    }

    /** Whether u of down fits behind that of gate and up, for the backward pass. */
    private boolean hasRoomForDown() {
        return frozen != null
                && shape.ranks().down() > 0
                && tail() >= shape.ranks().gateUp() + shape.ranks().down();
    }

    /** Of gate and up. */
    private int tail() {
        return c.model().products().gateUpWidth() - 2 * f;
    }

    /**
     * Adds the VJP at the middle [t, h] to carrier [t, h + R], the derivative by y, and the LoRA
     * gradients.
     *
     * @param kept gate and up of each tile, which are overwritten; empty recomputes them
     */
    void backward(int layer, Tensor middle, List<Tensor> kept, Tensor carrier) {
        LayerWeights weights = c.weights(layer);
        boolean sums = frozen != null && !kept.isEmpty();
        for (int start = 0; start < c.tokens(); start += tile) {
            int count = Math.min(tile, c.tokens() - start);
            try (HeldScope temporary = c.model().held()) {
                Tensor rows = window(temporary, middle, start, count);
                Tensor dy = window(temporary, carrier, start, count);
                Tensor gateUp = kept.isEmpty()
                        ? recomputed(temporary, weights, rows, count)
                        : kept.get(start / tile);
                downVjp(layer, gateUp, dy, count, sums);
                Tensor normed = c.normed(temporary, rows, weights.mlpNorm(), count, Linear.GATE_UP);
                Tensor dNormed = c.model()
                        .products()
                        .gateUpVjp(
                                temporary,
                                weights,
                                wide(gateUp, count),
                                PassContext.rows(normed, count, normedWidth()),
                                c.gradients(layer),
                                sums);
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

    /**
     * Gate and up become their derivatives.
     *
     * @param sums whether that adds the gradients that sum over its rows; otherwise those of gate
     *     and up are left
     */
    private void downVjp(int layer, Tensor gateUp, Tensor dy, int count, boolean sums) {
        try (HeldScope temporary = c.model().held()) {
            Kernels.Rows derivative =
                    PassContext.rows(dy, count, c.model().linearSizes().carrierWidth());
            Kernels.Rows activation = activationVjp(temporary, layer, gateUp, derivative, sums);
            if (!sums) {
                c.loraGradients(layer, Linear.DOWN, derivative, activation);
            } else if (shape.ranks().down() > 0) {
                gradientOfDownB(layer, wide(gateUp, count), derivative, activation);
            }
        }
    }

    /**
     * Returns silu(gate) * up; where the kernel summed with it already, its room with other values.
     */
    private Kernels.Rows activationVjp(
            HeldScope into, int layer, Tensor gateUp, Kernels.Rows dy, boolean sums) {
        LayerWeights weights = c.weights(layer);
        Kernels kernels = c.model().kernels();
        Kernels.Rows wide = wide(gateUp, dy.count());
        int width = c.model().products().downVjpWidth();
        if (frozen == null) {
            Tensor da = c.model().products().downVjp(into, weights, dy);
            Kernels.Rows activation = PassContext.rows(da, dy.count(), width);
            kernels.swigluVjp(wide, activation, f);
            return activation;
        }
        Tensor da = frozen.downVjpFrozen(into, weights, dy);
        Kernels.Rows activation = PassContext.rows(da, dy.count(), width);
        kernels.swigluLoraVjp(
                into,
                wide,
                activation,
                dy,
                weights.windows(),
                sums ? c.gradients(layer) : null,
                shape,
                !sums || shape.ranks().down() > 0 && !hasRoomForDown());
        return activation;
    }

    private void gradientOfDownB(int layer, Kernels.Rows gateUp, Kernels.Rows dy, Kernels.Rows a) {
        TensorList adapter = c.weights(layer).adapter(Linear.DOWN);
        LoraProducts lora = c.model().products().lora();
        TensorList sums = c.gradients(layer);
        if (hasRoomForDown()) {
            int at = 2 * f + shape.ranks().gateUp();
            lora.gradientOfB(adapter, Linear.DOWN, sums, dy, gateUp, at);
        } else {
            lora.input(adapter, Linear.DOWN, a);
            lora.gradientOfB(adapter, Linear.DOWN, sums, dy, a, f);
        }
    }

    private Tensor recomputed(HeldScope into, LayerWeights weights, Tensor middle, int count) {
        try (HeldScope temporary = c.model().held()) {
            Tensor normed = c.normed(temporary, middle, weights.mlpNorm(), count, Linear.GATE_UP);
            return gateUp(into, weights, normed, count);
        }
    }

    private Tensor gateUp(HeldScope into, LayerWeights weights, Tensor normed, int count) {
        Kernels.Rows rows = PassContext.rows(normed, count, normedWidth());
        return frozen == null
                ? c.model().products().gateUp(into, weights, rows)
                : frozen.gateUpFrozen(into, weights, rows);
    }

    private Tensor window(HeldScope scope, Tensor tensor, int start, int count) {
        return c.window(scope.scope(), tensor, start, count, c.tokens());
    }

    private Kernels.Rows wide(Tensor gateUp, int count) {
        return PassContext.rows(gateUp, count, c.model().products().gateUpWidth());
    }

    private int normedWidth() {
        return c.model().linearSizes().inputWidth(Linear.GATE_UP);
    }
}
