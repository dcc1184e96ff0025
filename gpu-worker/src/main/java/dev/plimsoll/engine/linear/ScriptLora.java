package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;

/** By PyTorch's operators, in every precision and on every device. */
public record ScriptLora(LlamaScript script, ActivationSizes activations) implements LoraProducts {

    @Override
    public void input(TensorList w, Linear linear, Rows x) {
        script.linear().loraU(x.tensor(), w, scaling());
    }

    @Override
    public void derivative(TensorList w, Linear linear, Rows dy) {
        try (Scope temporary = script.scope()) {
            script.linear().loraDu(temporary, dy.tensor(), w, scaling());
        }
    }

    @Override
    public void gradients(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x) {
        try (Scope temporary = script.scope()) {
            Tensor du =
                    script.columns(temporary, dy.tensor(), activations.linears().rows(linear));
            add(w, linear, sums, dy, du, x);
        }
    }

    @Override
    public void gradientOfA(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x) {
        script.linear()
                .loraGradientA(dy.tensor(), x.tensor(), w, sums, linear.first(), linear.parts());
    }

    @Override
    public void gradientOfB(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x, int at) {
        script.linear()
                .loraGradientB(
                        dy.tensor(), x.tensor(), at, w, sums, linear.first(), linear.parts());
    }

    @Override
    public Tensor gradientsBeside(
            HeldScope into, TensorList w, Linear linear, TensorList sums, Rows dy, Rows x) {
        into.hold(activations.matrix(dy.count(), activations.linears().tail(linear)));
        Tensor du = script.linear().loraDu(into.scope(), dy.tensor(), w, scaling());
        add(w, linear, sums, dy, du, x);
        return du;
    }

    private void add(TensorList w, Linear linear, TensorList sums, Rows dy, Tensor du, Rows x) {
        script.linear()
                .loraGradients(
                        dy.tensor(),
                        du,
                        x.tensor(),
                        w,
                        sums,
                        linear.first(),
                        linear.parts(),
                        scaling());
    }

    private double scaling() {
        return activations.linears().lora().loraScaling();
    }
}
