package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Fp8Coder;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;

/**
 * {@link Fp8Products} on a GPU, by cuBLASLt: LoRA's part and the residual are written first, and
 * the coded product adds itself to them while it computes.
 *
 * @param unrounded for what is not coded
 * @param otherwise for what this one leaves to PyTorch
 * @param ones as many as the widest row has columns, in fp32
 */
public record Fp8BlasProducts(
        Blas blas,
        ActivationSizes activations,
        Fp8Coder coder,
        BlasProducts unrounded,
        Fp8Products otherwise,
        Tensor ones)
        implements Products, FrozenProducts {

    @Override
    public BlasLora lora() {
        return unrounded.lora();
    }

    @Override
    public Tensor qkv(HeldScope into, LayerWeights weights, Rows normed, Group group) {
        if (group.of() > 1) {
            return otherwise.qkv(into, weights, normed, group);
        }
        int columns = sizes().columns(Linear.QKV);
        Blas.Window u =
                new Blas.Window(blas.at(normed.tensor()) + Blas.BYTES * columns, normed.ld());
        Tensor y = room(into, normed.count(), sizes().rows(Linear.QKV));
        Blas.Window result = new Blas.Window(blas.at(y), sizes().rows(Linear.QKV));
        product(weights.fp8(Linear.QKV), Linear.QKV, normed, u, 1, 0, result);
        if (sizes().config().queryKeyValueBias()) {
            script().add(y, weights.qkvBias());
        }
        return y;
    }

    @Override
    public Tensor qkvVjp(
            HeldScope into, LayerWeights weights, Rows dqkv, Rows normed, TensorList gradients) {
        return unrounded.qkvVjp(into, weights, dqkv, normed, gradients);
    }

    @Override
    public Tensor out(HeldScope into, LayerWeights weights, Rows x) {
        Fp8Linear map = weights.fp8(Linear.OUT);
        int tail = sizes().tail(Linear.OUT);
        Tensor y = room(into, x.count(), sizes().rows(Linear.OUT));
        Blas.Window result = new Blas.Window(blas.at(y), sizes().rows(Linear.OUT));
        try (HeldScope temporary = blas.held()) {
            Blas.Window u = tail == 0
                    ? null
                    : new Blas.Window(
                            blas.at(lora().inputBeside(temporary, map.beside(), Linear.OUT, x)),
                            tail);
            product(map, Linear.OUT, x, u, 1, 0, result);
        }
        if (sizes().config().outputBias()) {
            script().add(y, weights.outBias());
        }
        return y;
    }

    @Override
    public Tensor outVjp(HeldScope into, LayerWeights weights, Rows dy, int at, int width) {
        return vjp(into, weights.fp8(Linear.OUT), Linear.OUT, dy, at, width, width);
    }

    @Override
    public Tensor gateUp(HeldScope into, LayerWeights weights, Rows normed) {
        Fp8Linear map = weights.fp8(Linear.GATE_UP);
        int rows = sizes().rows(Linear.GATE_UP);
        Tensor y = room(into, normed.count(), gateUpWidth());
        Blas.Window result = new Blas.Window(blas.at(y), gateUpWidth());
        Blas.Window u = new Blas.Window(blas.at(y) + Blas.BYTES * rows, gateUpWidth());
        if (sizes().tail(Linear.GATE_UP) > 0) {
            lora().unscaled(map.beside(), Linear.GATE_UP, normed, u);
        }
        product(map, Linear.GATE_UP, normed, u, scaling(), 0, result);
        return y;
    }

    @Override
    public Tensor gateUpFrozen(HeldScope into, LayerWeights weights, Rows normed) {
        Fp8Linear map = weights.fp8(Linear.GATE_UP);
        Tensor y = room(into, normed.count(), gateUpWidth());
        long u = blas.at(y) + Blas.BYTES * sizes().rows(Linear.GATE_UP);
        lora().unscaled(map.beside(), Linear.GATE_UP, normed, new Blas.Window(u, gateUpWidth()));
        coded(map, Linear.GATE_UP, normed, 0, new Blas.Window(blas.at(y), gateUpWidth()));
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
        Fp8Linear map = weights.fp8(Linear.GATE_UP);
        lora().derivative(map.beside(), Linear.GATE_UP, dGateUp);
        if (hasB) {
            lora().gradientOfA(map.beside(), Linear.GATE_UP, gradients, dGateUp, normed);
        } else {
            lora().gradients(map.beside(), Linear.GATE_UP, gradients, dGateUp, normed);
        }
        int columns = sizes().columns(Linear.GATE_UP);
        return vjp(into, map, Linear.GATE_UP, dGateUp, 0, columns, columns);
    }

    @Override
    public void down(LayerWeights weights, Rows a, Tensor x, Tensor y) {
        Fp8Linear map = weights.fp8(Linear.DOWN);
        lora().input(map.beside(), Linear.DOWN, a);
        int columns = sizes().columns(Linear.DOWN);
        Blas.Window u = new Blas.Window(blas.at(a.tensor()) + Blas.BYTES * columns, a.ld());
        Blas.Window result = new Blas.Window(blas.at(y), sizes().rows(Linear.DOWN));
        product(map, Linear.DOWN, a, u, 1, blas.at(x), result);
    }

    @Override
    public Tensor downVjp(HeldScope into, LayerWeights weights, Rows dy) {
        Fp8Linear map = weights.fp8(Linear.DOWN);
        lora().derivative(map.beside(), Linear.DOWN, dy);
        int columns = sizes().columns(Linear.DOWN);
        return vjp(into, map, Linear.DOWN, dy, 0, columns, downVjpWidth());
    }

    @Override
    public Tensor downVjpFrozen(HeldScope into, LayerWeights weights, Rows dy) {
        Fp8Linear map = weights.fp8(Linear.DOWN);
        lora().derivative(map.beside(), Linear.DOWN, dy);
        Tensor da = room(into, dy.count(), downVjpWidth());
        int columns = sizes().columns(Linear.DOWN);
        codedVjp(map, Linear.DOWN, dy, 0, columns, 0, new Blas.Window(blas.at(da), downVjpWidth()));
        return da;
    }

    /**
     * d = c + scale * u.BT + x.frozenT.
     *
     * @param u [t, R], not read without a tail
     * @param c [t, o] in rows like d's, or 0 for none
     */
    private void product(
            Fp8Linear map,
            Linear linear,
            Rows x,
            Blas.Window u,
            float scale,
            long c,
            Blas.Window d) {
        int rows = sizes().rows(linear);
        int tail = sizes().tail(linear);
        long before = c;
        if (tail > 0) {
            Blas.Map adapter = blas.map(map.beside());
            Blas.Window b = new Blas.Window(adapter.b(), adapter.ldb()).turned();
            blas.multiplyAdd(u, b, c, d, new Blas.Size(x.count(), rows, tail), scale);
            before = d.address();
        }
        coded(map, linear, x, before, d);
    }

    /** d = c + x.frozenT. */
    private void coded(Fp8Linear map, Linear linear, Rows x, long c, Blas.Window d) {
        try (HeldScope temporary = blas.held()) {
            int columns = sizes().columns(linear);
            long[] coded = script().addresses(coder.rows(temporary, x, columns), 2);
            blas.multiplyCoded(
                    coded[0],
                    coded[1],
                    blas.at(map.codes()),
                    blas.at(map.scale()),
                    c,
                    d,
                    new Blas.Size(x.count(), sizes().rows(linear), columns));
        }
    }

    /**
     * Columns at to at + width of dx = dy.frozen + du.A, du in the tail of dy [t, o + R], in rows
     * of ld elements.
     */
    private Tensor vjp(
            HeldScope into, Fp8Linear map, Linear linear, Rows dy, int at, int width, int ld) {
        int rows = sizes().rows(linear);
        int tail = sizes().tail(linear);
        Tensor dx = room(into, dy.count(), ld);
        Blas.Window d = new Blas.Window(blas.at(dx), ld);
        if (tail > 0) {
            Blas.Map adapter = blas.map(map.beside());
            blas.multiply(
                    new Blas.Window(blas.at(dy.tensor()) + Blas.BYTES * rows, dy.ld()),
                    new Blas.Window(adapter.a() + Blas.BYTES * at, adapter.lda()),
                    d,
                    new Blas.Size(dy.count(), width, tail),
                    1);
        }
        codedVjp(map, linear, dy, at, width, tail > 0 ? d.address() : 0, d);
        return dx;
    }

    /**
     * d = c + columns at to at + width of dy.frozen. The scale of the weights varies along the
     * summed axis, so dy is coded with it.
     */
    private void codedVjp(
            Fp8Linear map, Linear linear, Rows dy, int at, int width, long c, Blas.Window d) {
        int rows = sizes().rows(linear);
        try (HeldScope temporary = blas.held()) {
            TensorList coded = coder.scaledRows(temporary, dy, rows, map.scale());
            long[] parts = script().addresses(coded, 2);
            Tensor turned = coder.turned(temporary, map.codes(), rows, sizes().columns(linear));
            blas.multiplyCoded(
                    parts[0],
                    parts[1],
                    blas.at(turned) + (long) at * rows,
                    blas.at(ones),
                    c,
                    d,
                    new Blas.Size(dy.count(), width, rows));
        }
    }

    private Tensor room(HeldScope into, int rows, int columns) {
        into.hold(activations.matrix(rows, columns));
        return blas.buffer(into, rows, columns);
    }

    private LlamaScript script() {
        return blas.script();
    }

    @Override
    public int gateUpWidth() {
        return unrounded.gateUpWidth();
    }

    @Override
    public int downVjpWidth() {
        return unrounded.downVjpWidth();
    }

    private LinearSizes sizes() {
        return activations.linears();
    }

    private float scaling() {
        return (float) sizes().lora().loraScaling();
    }
}
