package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;
import dev.plimsoll.model.hf.LlamaConfig;

/** Products in the compute precision with matrices that have the adapter around them. */
public record MatrixProducts(TorchScript script, LinearSizes sizes, Precision precision)
        implements Products {

    @Override
    public Value qkv(HeldScope into, LayerWeights weights, Rows normed, Group group) {
        LlamaConfig model = sizes.config();
        into.hold(bytes(normed.count(), sizes.rows(Linear.QKV) / group.of()));
        return script.call(
                into.scope(),
                "qkv",
                normed.tensor(),
                weights.around(Linear.QKV),
                weights.qkvBias(),
                group.index(),
                group.of(),
                model.attentionHeads(),
                model.keyValueHeads(),
                model.headDim());
    }

    @Override
    public Value out(HeldScope into, LayerWeights weights, Rows x) {
        into.hold(bytes(x.count(), sizes.rows(Linear.OUT)));
        return script.call(
                into.scope(),
                "out",
                x.tensor(),
                weights.around(Linear.OUT),
                weights.outBias(),
                scaling());
    }

    @Override
    public Value outVjp(HeldScope into, LayerWeights weights, Rows dy, int at, int width) {
        into.hold(bytes(dy.count(), width));
        return script.call(
                into.scope(), "out_vjp", dy.tensor(), weights.around(Linear.OUT), at, width);
    }

    @Override
    public Value gateUp(HeldScope into, LayerWeights weights, Rows normed) {
        into.hold(bytes(normed.count(), gateUpWidth()));
        return script.call(
                into.scope(),
                "gate_up",
                normed.tensor(),
                weights.around(Linear.GATE_UP),
                scaling());
    }

    @Override
    public Value gateUpVjp(
            HeldScope into, LayerWeights weights, Rows dGateUp, Rows normed, Value gradients) {
        Value around = weights.around(Linear.GATE_UP);
        script.callVoid(
                "lora_backward",
                dGateUp.tensor(),
                normed.tensor(),
                around,
                gradients,
                Linear.GATE_UP.first(),
                Linear.GATE_UP.parts(),
                scaling());
        into.hold(bytes(dGateUp.count(), sizes.columns(Linear.GATE_UP)));
        return script.call(into.scope(), "linear_vjp", dGateUp.tensor(), around);
    }

    @Override
    public void down(LayerWeights weights, Rows a, Value x, Value y) {
        script.callVoid("down", a.tensor(), weights.around(Linear.DOWN), x, y, scaling());
    }

    @Override
    public Value downVjp(HeldScope into, LayerWeights weights, Rows dy) {
        into.hold(bytes(dy.count(), downVjpWidth()));
        return script.call(
                into.scope(), "down_vjp", dy.tensor(), weights.around(Linear.DOWN), scaling());
    }

    @Override
    public int gateUpWidth() {
        return sizes.rows(Linear.GATE_UP) + sizes.tail(Linear.GATE_UP);
    }

    @Override
    public int downVjpWidth() {
        return sizes.columns(Linear.DOWN) + sizes.tail(Linear.DOWN);
    }

    private double scaling() {
        return sizes.lora().loraScaling();
    }

    private long bytes(int rows, int columns) {
        return (long) rows * columns * precision.bytes();
    }
}
