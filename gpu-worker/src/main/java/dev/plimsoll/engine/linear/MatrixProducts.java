package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.LlamaConfig;

/** Products in the compute precision with matrices that have the adapter around them. */
public record MatrixProducts(LlamaScript script, LinearSizes sizes, Precision precision)
        implements Products {

    @Override
    public Tensor qkv(HeldScope into, LayerWeights weights, Rows normed, Group group) {
        LlamaConfig model = sizes.config();
        into.hold(bytes(normed.count(), sizes.rows(Linear.QKV) / group.of()));
        return script.linear()
                .qkv(
                        into.scope(),
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
    public Tensor out(HeldScope into, LayerWeights weights, Rows x) {
        into.hold(bytes(x.count(), sizes.rows(Linear.OUT)));
        return script.linear()
                .out(
                        into.scope(),
                        x.tensor(),
                        weights.around(Linear.OUT),
                        weights.outBias(),
                        scaling());
    }

    @Override
    public Tensor outVjp(HeldScope into, LayerWeights weights, Rows dy, int at, int width) {
        into.hold(bytes(dy.count(), width));
        return script.linear()
                .outVjp(into.scope(), dy.tensor(), weights.around(Linear.OUT), at, width);
    }

    @Override
    public Tensor gateUp(HeldScope into, LayerWeights weights, Rows normed) {
        into.hold(bytes(normed.count(), gateUpWidth()));
        return script.linear()
                .gateUp(into.scope(), normed.tensor(), weights.around(Linear.GATE_UP), scaling());
    }

    @Override
    public Tensor gateUpVjp(
            HeldScope into, LayerWeights weights, Rows dGateUp, Rows normed, TensorList gradients) {
        TensorList around = weights.around(Linear.GATE_UP);
        script.linear()
                .loraBackward(
                        dGateUp.tensor(),
                        normed.tensor(),
                        around,
                        gradients,
                        Linear.GATE_UP.first(),
                        Linear.GATE_UP.parts(),
                        scaling());
        into.hold(bytes(dGateUp.count(), sizes.columns(Linear.GATE_UP)));
        return script.linear().linearVjp(into.scope(), dGateUp.tensor(), around);
    }

    @Override
    public void down(LayerWeights weights, Rows a, Tensor x, Tensor y) {
        script.linear().down(a.tensor(), weights.around(Linear.DOWN), x, y, scaling());
    }

    @Override
    public Tensor downVjp(HeldScope into, LayerWeights weights, Rows dy) {
        into.hold(bytes(dy.count(), downVjpWidth()));
        return script.linear()
                .downVjp(into.scope(), dy.tensor(), weights.around(Linear.DOWN), scaling());
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
