package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Fp8Coder;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.LlamaConfig;

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
    private final LinearSizes sizes;
    private final Precision precision;
    private final Fp8Coder coder;
    private final Account account;
    private final Tensor noBias;

    /** @param noBias a tensor without elements */
    public Fp8Products(
            LlamaScript script,
            LinearSizes sizes,
            Precision precision,
            Fp8Coder coder,
            Account account,
            Tensor noBias) {
        this.script = script;
        this.sizes = sizes;
        this.precision = precision;
        this.coder = coder;
        this.account = account;
        this.noBias = noBias;
    }

    @Override
    public Tensor qkv(HeldScope into, LayerWeights weights, Rows normed, Group group) {
        if (group.of() == 1) {
            return linear(into, weights, Linear.QKV, normed, weights.qkvBias());
        }
        LlamaConfig model = sizes.config();
        try (HeldScope temporary = held()) {
            TensorList coded = coder.rows(temporary, normed, sizes.columns(Linear.QKV));
            into.hold(bytes(normed.count(), sizes.rows(Linear.QKV) / group.of()));
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
            HeldScope into, LayerWeights weights, Rows dGateUp, Rows normed, TensorList gradients) {
        TensorList adapter = weights.adapter(Linear.GATE_UP);
        try (HeldScope temporary = held()) {
            temporary.hold(bytes(dGateUp.count(), sizes.tail(Linear.GATE_UP)));
            Tensor du = script.linear()
                    .loraBackward(
                            temporary.scope(),
                            dGateUp.tensor(),
                            normed.tensor(),
                            adapter,
                            gradients,
                            Linear.GATE_UP.first(),
                            Linear.GATE_UP.parts(),
                            scaling());
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
            Tensor du = script.linear()
                    .loraDu(
                            temporary.scope(),
                            dy.tensor(),
                            weights.adapter(Linear.DOWN),
                            scaling());
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
            into.hold(bytes(x.count(), sizes.rows(linear)));
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
            into.hold(bytes(dy.count(), width));
            return script.linear().fp8Vjp(into.scope(), coded, du, turned, map.beside(), at, width);
        }
    }

    private HeldScope held() {
        return new HeldScope(script, account);
    }

    private double scaling() {
        return sizes.lora().loraScaling();
    }

    private long bytes(int rows, int columns) {
        return (long) rows * columns * precision.bytes();
    }
}
