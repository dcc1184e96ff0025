package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;

/**
 * {@link MatrixProducts} in bf16 on a GPU, by cuBLASLt: what is added to a product is added by the
 * product, and the host has less to do for each.
 *
 * @param otherwise for what this one leaves to PyTorch
 */
public record BlasProducts(
        Blas blas, BlasLora lora, ActivationSizes activations, MatrixProducts otherwise)
        implements Products, FrozenProducts {

    @Override
    public Tensor qkv(HeldScope into, LayerWeights weights, Rows normed, Group group) {
        if (group.of() > 1) {
            return otherwise.qkv(into, weights, normed, group);
        }
        int rows = sizes().rows(Linear.QKV);
        Tensor y = room(into, normed.count(), rows);
        blas.multiply(
                window(normed),
                matrix(weights.around(Linear.QKV), Linear.QKV).turned(),
                new Blas.Window(blas.at(y), rows),
                new Blas.Size(normed.count(), rows, sizes().inputWidth(Linear.QKV)),
                1);
        if (sizes().config().queryKeyValueBias()) {
            blas.script().add(y, weights.qkvBias());
        }
        return y;
    }

    @Override
    public Tensor out(HeldScope into, LayerWeights weights, Rows x) {
        TensorList around = weights.around(Linear.OUT);
        int rows = sizes().rows(Linear.OUT);
        int tail = sizes().tail(Linear.OUT);
        Tensor y = room(into, x.count(), rows);
        Blas.Window result = new Blas.Window(blas.at(y), rows);
        blas.multiply(
                window(x),
                matrix(around, Linear.OUT).turned(),
                result,
                new Blas.Size(x.count(), rows, sizes().columns(Linear.OUT)),
                1);
        if (tail > 0) {
            try (HeldScope temporary = blas.held()) {
                Tensor u = lora.inputBeside(temporary, around, Linear.OUT, x);
                Blas.Map map = blas.map(around);
                blas.multiplyAdd(
                        new Blas.Window(blas.at(u), tail),
                        new Blas.Window(map.b(), map.ldb()).turned(),
                        blas.at(y),
                        result,
                        new Blas.Size(x.count(), rows, tail));
            }
        }
        if (sizes().config().outputBias()) {
            blas.script().add(y, weights.outBias());
        }
        return y;
    }

    @Override
    public Tensor outVjp(HeldScope into, LayerWeights weights, Rows dy, int at, int width) {
        return vjp(into, weights.around(Linear.OUT), Linear.OUT, dy, at, width, width);
    }

    @Override
    public Tensor qkvVjp(
            HeldScope into, LayerWeights weights, Rows dqkv, Rows normed, TensorList gradients) {
        TensorList around = weights.around(Linear.QKV);
        return backward(into, around, Linear.QKV, dqkv, normed, gradients, false);
    }

    @Override
    public Tensor gateUp(HeldScope into, LayerWeights weights, Rows normed) {
        TensorList around = weights.around(Linear.GATE_UP);
        lora.input(around, Linear.GATE_UP, normed);
        Tensor y = room(into, normed.count(), gateUpWidth());
        blas.multiply(
                window(normed),
                matrix(around, Linear.GATE_UP).turned(),
                new Blas.Window(blas.at(y), gateUpWidth()),
                new Blas.Size(normed.count(), gateUpWidth(), sizes().inputWidth(Linear.GATE_UP)),
                1);
        return y;
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

    private Tensor backward(
            HeldScope into,
            TensorList around,
            Linear linear,
            Rows dy,
            Rows x,
            TensorList sums,
            boolean hasB) {
        lora.derivative(around, linear, dy);
        if (hasB) {
            lora.gradientOfA(around, linear, sums, dy, x);
        } else {
            lora.gradients(around, linear, sums, dy, x);
        }
        int columns = sizes().columns(linear);
        return vjp(into, around, linear, dy, 0, columns, columns);
    }

    @Override
    public void down(LayerWeights weights, Rows a, Tensor x, Tensor y) {
        TensorList around = weights.around(Linear.DOWN);
        int rows = sizes().rows(Linear.DOWN);
        lora.input(around, Linear.DOWN, a);
        blas.multiplyAdd(
                window(a),
                matrix(around, Linear.DOWN).turned(),
                blas.at(x),
                new Blas.Window(blas.at(y), rows),
                new Blas.Size(a.count(), rows, sizes().inputWidth(Linear.DOWN)));
    }

    @Override
    public Tensor downVjp(HeldScope into, LayerWeights weights, Rows dy) {
        TensorList around = weights.around(Linear.DOWN);
        lora.derivative(around, Linear.DOWN, dy);
        return vjp(into, around, Linear.DOWN, dy, 0, sizes().columns(Linear.DOWN), downVjpWidth());
    }

    /** Columns at to at + width of dx = dy.W, dy [t, o + R], in rows of ld elements. */
    private Tensor vjp(
            HeldScope into, TensorList around, Linear linear, Rows dy, int at, int width, int ld) {
        Tensor dx = room(into, dy.count(), ld);
        Blas.Window w = matrix(around, linear);
        blas.multiply(
                window(dy),
                new Blas.Window(w.address() + Blas.BYTES * at, w.ld()),
                new Blas.Window(blas.at(dx), ld),
                new Blas.Size(dy.count(), width, sizes().outputWidth(linear)),
                1);
        return dx;
    }

    private Tensor room(HeldScope into, int rows, int columns) {
        into.hold(activations.matrix(rows, columns));
        return blas.buffer(into, rows, columns);
    }

    private Blas.Window window(Rows rows) {
        return new Blas.Window(blas.at(rows.tensor()), rows.ld());
    }

    /** W [o + R, i + R]. */
    private Blas.Window matrix(TensorList around, Linear linear) {
        return new Blas.Window(blas.map(around).third(), sizes().inputWidth(linear));
    }

    @Override
    public Tensor gateUpFrozen(HeldScope into, LayerWeights weights, Rows normed) {
        TensorList around = weights.around(Linear.GATE_UP);
        int rows = sizes().rows(Linear.GATE_UP);
        Tensor y = room(into, normed.count(), gateUpWidth());
        lora.unscaled(
                around,
                Linear.GATE_UP,
                normed,
                new Blas.Window(blas.at(y) + Blas.BYTES * rows, gateUpWidth()));
        blas.multiply(
                window(normed),
                matrix(around, Linear.GATE_UP).turned(),
                new Blas.Window(blas.at(y), gateUpWidth()),
                new Blas.Size(normed.count(), rows, sizes().columns(Linear.GATE_UP)),
                1);
        return y;
    }

    @Override
    public Tensor downVjpFrozen(HeldScope into, LayerWeights weights, Rows dy) {
        TensorList around = weights.around(Linear.DOWN);
        lora.derivative(around, Linear.DOWN, dy);
        Tensor da = room(into, dy.count(), downVjpWidth());
        blas.multiply(
                window(dy),
                matrix(around, Linear.DOWN),
                new Blas.Window(blas.at(da), downVjpWidth()),
                new Blas.Size(dy.count(), sizes().columns(Linear.DOWN), sizes().rows(Linear.DOWN)),
                1);
        return da;
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
}
