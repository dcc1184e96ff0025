package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Fp8Coder;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;

import java.util.List;

/**
 * Products whose two operands are e4m3 with a scale per row, LoRA beside them in the compute
 * precision. A row is coded by itself, so neither tiles nor splits nor groups of heads change a
 * code. (The derivative by the input of q, k and v, which groups do sum up, is a product in the
 * compute precision: AttentionBlock.)
 */
public final class Fp8Products implements Products {

    /** What the fp8 products ever need spread: see the class comment. */
    public static final List<Linear> SPREAD = List.of(Linear.QKV);

    private final LlamaScript script;
    private final ActivationSizes activations;
    private final LinearSizes sizes;
    private final Fp8Coder coder;
    private final Products unrounded;
    private final Account account;
    private final Tensor noBias;

    /**
     * @param unrounded for what is not coded
     * @param noBias a tensor without elements
     */
    public Fp8Products(
            LlamaScript script,
            ActivationSizes activations,
            Fp8Coder coder,
            Products unrounded,
            Account account,
            Tensor noBias) {
        this.script = script;
        this.activations = activations;
        this.sizes = activations.linears();
        this.coder = coder;
        this.unrounded = unrounded;
        this.account = account;
        this.noBias = noBias;
    }

    @Override
    public LoraProducts lora() {
        return unrounded.lora();
    }

    @Override
    public Tensor qkvVjp(
            HeldScope into, LayerWeights weights, Rows dqkv, Rows normed, TensorList gradients) {
        return unrounded.qkvVjp(into, weights, dqkv, normed, gradients);
    }

    @Override
    public Tensor qkv(HeldScope into, LayerWeights weights, Rows normed, Group group) {
        if (group.of() == 1) {
            return linear(into, weights, Linear.QKV, normed, weights.qkvBias());
        }
        LlamaConfig model = sizes.config();
        try (HeldScope temporary = held()) {
            TensorList coded = coder.rows(temporary, normed, sizes.columns(Linear.QKV));
            into.hold(activations.matrix(normed.count(), sizes.rows(Linear.QKV) / group.of()));
            return script.linear()
                    .fp8QkvGroup(
                            into.scope(),
                            normed.tensor(),
                            coded,
                            weights.adapter(Linear.QKV),
                            weights.qkvBias(),
                            group.index(),
                            group.of(),
                            model.attentionHeads(),
                            model.keyValueHeads(),
                            model.headDim());
        }
    }

    @Override
    public Tensor out(HeldScope into, LayerWeights weights, Rows x) {
        return linear(into, weights, Linear.OUT, x, weights.outBias());
    }

    @Override
    public Tensor outVjp(HeldScope into, LayerWeights weights, Rows dy, int at, int width) {
        try (HeldScope temporary = held()) {
            Tensor du = script.columns(temporary.scope(), dy.tensor(), sizes.rows(Linear.OUT));
            return vjp(into, weights, Linear.OUT, dy, du, at, width);
        }
    }

    @Override
    public Tensor gateUp(HeldScope into, LayerWeights weights, Rows normed) {
        return linear(into, weights, Linear.GATE_UP, normed, noBias);
    }

    @Override
    public Tensor gateUpVjp(
            HeldScope into,
            LayerWeights weights,
            Rows dGateUp,
            Rows normed,
            TensorList gradients,
            boolean hasB) {
        TensorList adapter = weights.adapter(Linear.GATE_UP);
        try (HeldScope temporary = held()) {
            Tensor du = lora().gradientsBeside(
                            temporary, adapter, Linear.GATE_UP, gradients, dGateUp, normed);
            return vjp(
                    into, weights, Linear.GATE_UP, dGateUp, du, 0, sizes.columns(Linear.GATE_UP));
        }
    }

    @Override
    public void down(LayerWeights weights, Rows a, Tensor x, Tensor y) {
        try (HeldScope temporary = held()) {
            script.addInto(x, linear(temporary, weights, Linear.DOWN, a, noBias), y);
        }
    }

    @Override
    public Tensor downVjp(HeldScope into, LayerWeights weights, Rows dy) {
        try (HeldScope temporary = held()) {
            lora().derivative(weights.adapter(Linear.DOWN), Linear.DOWN, dy);
            Tensor du = script.columns(temporary.scope(), dy.tensor(), sizes.rows(Linear.DOWN));
            return vjp(into, weights, Linear.DOWN, dy, du, 0, sizes.columns(Linear.DOWN));
        }
    }

    @Override
    public int gateUpWidth() {
        return sizes.rows(Linear.GATE_UP);
    }

    @Override
    public int downVjpWidth() {
        return sizes.columns(Linear.DOWN);
    }

    /** x [t, i or i + R] -> [t, o]. */
    private Tensor linear(
            HeldScope into, LayerWeights weights, Linear linear, Rows x, Tensor bias) {
        try (HeldScope temporary = held()) {
            TensorList coded = coder.rows(temporary, x, sizes.columns(linear));
            into.hold(activations.matrix(x.count(), sizes.rows(linear)));
            return script.linear()
                    .fp8Linear(
                            into.scope(),
                            x.tensor(),
                            coded,
                            weights.adapter(linear),
                            bias,
                            scaling());
        }
    }

    private Tensor vjp(
            HeldScope into,
            LayerWeights weights,
            Linear linear,
            Rows dy,
            Tensor du,
            int at,
            int width) {
        Fp8Linear map = weights.fp8(linear);
        try (HeldScope temporary = held()) {
            TensorList coded = coder.scaledRows(temporary, dy, sizes.rows(linear), map.scale());
            Tensor turned =
                    coder.turned(temporary, map.codes(), sizes.rows(linear), sizes.columns(linear));
            into.hold(activations.matrix(dy.count(), width));
            return script.linear().fp8Vjp(into.scope(), coded, du, turned, map.beside(), at, width);
        }
    }

    private HeldScope held() {
        return new HeldScope(script, account);
    }

    private double scaling() {
        return sizes.lora().loraScaling();
    }
}
