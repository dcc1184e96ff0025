package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;

/** Products in the compute precision with matrices that have the adapter around them. */
public record MatrixProducts(LlamaScript script, ActivationSizes activations)
        implements Products, FrozenProducts {

    @Override
    public LoraProducts lora() {
        return new ScriptLora(script, activations);
    }

    @Override
    public Tensor qkv(HeldScope into, LayerWeights weights, Rows normed, Group group) {
        LlamaConfig model = sizes().config();
        into.hold(activations.matrix(normed.count(), sizes().rows(Linear.QKV) / group.of()));
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
    public Tensor qkvVjp(
            HeldScope into, LayerWeights weights, Rows dqkv, Rows normed, TensorList gradients) {
        TensorList around = weights.around(Linear.QKV);
        return backward(into, around, Linear.QKV, dqkv, normed, gradients, false);
    }

    private Tensor backward(
            HeldScope into,
            TensorList around,
            Linear linear,
            Rows dy,
            Rows x,
            TensorList sums,
            boolean hasB) {
        lora().derivative(around, linear, dy);
        if (hasB) {
            lora().gradientOfA(around, linear, sums, dy, x);
        } else {
            lora().gradients(around, linear, sums, dy, x);
        }
        into.hold(activations.matrix(dy.count(), sizes().columns(linear)));
        return script.linear().linearVjp(into.scope(), dy.tensor(), around);
    }

    @Override
    public Tensor out(HeldScope into, LayerWeights weights, Rows x) {
        into.hold(activations.matrix(x.count(), sizes().rows(Linear.OUT)));
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
        into.hold(activations.matrix(dy.count(), width));
        return script.linear()
                .outVjp(into.scope(), dy.tensor(), weights.around(Linear.OUT), at, width);
    }

    @Override
    public Tensor gateUp(HeldScope into, LayerWeights weights, Rows normed) {
        into.hold(activations.matrix(normed.count(), gateUpWidth()));
        return script.linear()
                .gateUp(into.scope(), normed.tensor(), weights.around(Linear.GATE_UP), scaling());
    }

    @Override
    public Tensor gateUpVjp(
            HeldScope into,
            LayerWeights weights,
            Rows dGateUp,
            Rows normed,
            TensorList gradients,
            boolean hasB) {
        TensorList around = weights.around(Linear.GATE_UP);
        return backward(into, around, Linear.GATE_UP, dGateUp, normed, gradients, hasB);
    }

    @Override
    public void down(LayerWeights weights, Rows a, Tensor x, Tensor y) {
        script.linear().down(a.tensor(), weights.around(Linear.DOWN), x, y, scaling());
    }

    @Override
    public Tensor downVjp(HeldScope into, LayerWeights weights, Rows dy) {
        into.hold(activations.matrix(dy.count(), downVjpWidth()));
        return script.linear()
                .downVjp(into.scope(), dy.tensor(), weights.around(Linear.DOWN), scaling());
    }

    @Override
    public Tensor gateUpFrozen(HeldScope into, LayerWeights weights, Rows normed) {
        into.hold(activations.matrix(normed.count(), gateUpWidth()));
        return script.linear()
                .gateUpFrozen(into.scope(), normed.tensor(), weights.around(Linear.GATE_UP));
    }

    @Override
    public Tensor downVjpFrozen(HeldScope into, LayerWeights weights, Rows dy) {
        into.hold(activations.matrix(dy.count(), downVjpWidth()));
        return script.linear()
                .downVjpFrozen(into.scope(), dy.tensor(), weights.around(Linear.DOWN), scaling());
    }

    @Override
    public int gateUpWidth() {
        return sizes().outputWidth(Linear.GATE_UP);
    }

    @Override
    public int downVjpWidth() {
        return sizes().inputWidth(Linear.DOWN);
    }

    private LinearSizes sizes() {
        return activations.linears();
    }

    private double scaling() {
        return sizes().lora().loraScaling();
    }
}
