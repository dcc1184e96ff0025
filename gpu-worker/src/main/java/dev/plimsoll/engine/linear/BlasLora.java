package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.wire.run.Projection;

import java.util.Arrays;

/**
 * By cuBLASLt: each gradient is added in fp32 by the product that makes it, without a rounding of
 * its own. Those of A of projections with the same input are one product, which reads it once.
 *
 * @param wide an fp32 tensor on the device
 */
public record BlasLora(Blas blas, ActivationSizes activations, Kernels kernels, Tensor wide)
        implements LoraProducts {

    private static final int WINDOWS = 2 * Projection.values().length;

    @Override
    public void input(TensorList w, Linear linear, Rows x) {
        if (sizes().tail(linear) > 0) {
            u(w, linear, x, tailOf(x, sizes().columns(linear)), x.ld());
        }
    }

    /** u [t, R] of x [t, i] without a tail. */
    Tensor inputBeside(HeldScope into, TensorList w, Linear linear, Rows x) {
        Tensor u = room(into, x.count(), sizes().tail(linear));
        u(w, linear, x, blas.at(u), sizes().tail(linear));
        return u;
    }

    /** x.AT [t, R] of x [t, i and more], without the factor. */
    void unscaled(TensorList w, Linear linear, Rows x, Blas.Window into) {
        u(w, linear, x, into.address(), into.ld(), 1);
    }

    private void u(TensorList w, Linear linear, Rows x, long u, int ldu) {
        u(w, linear, x, u, ldu, scaling());
    }

    private void u(TensorList w, Linear linear, Rows x, long u, int ldu, float scale) {
        Blas.Map map = blas.map(w);
        blas.multiply(
                new Blas.Window(blas.at(x.tensor()), x.ld()),
                new Blas.Window(map.a(), map.lda()).turned(),
                new Blas.Window(u, ldu),
                new Blas.Size(x.count(), sizes().tail(linear), sizes().columns(linear)),
                scale);
    }

    @Override
    public void derivative(TensorList w, Linear linear, Rows dy) {
        if (sizes().tail(linear) > 0) {
            du(w, linear, dy, tailOf(dy, sizes().rows(linear)), dy.ld());
        }
    }

    private void du(TensorList w, Linear linear, Rows dy, long du, int ldu) {
        Blas.Map map = blas.map(w);
        blas.multiply(
                new Blas.Window(blas.at(dy.tensor()), dy.ld()),
                new Blas.Window(map.b(), map.ldb()),
                new Blas.Window(du, ldu),
                new Blas.Size(dy.count(), sizes().tail(linear), sizes().rows(linear)),
                scaling());
    }

    @Override
    public void gradients(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x) {
        if (sizes().tail(linear) > 0) {
            add(w, linear, sums, dy, tailOf(dy, sizes().rows(linear)), dy.ld(), x);
        }
    }

    @Override
    public void gradientOfA(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x) {
        ofA(linear, sums, tailOf(dy, sizes().rows(linear)), dy.ld(), x);
    }

    @Override
    public void gradientOfB(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x, int at) {
        ofB(linear, sums, dy, tailOf(x, at), x.ld());
    }

    @Override
    public Tensor gradientsBeside(
            HeldScope into, TensorList w, Linear linear, TensorList sums, Rows dy, Rows x) {
        int tail = sizes().tail(linear);
        Tensor du = room(into, dy.count(), tail);
        if (tail > 0) {
            du(w, linear, dy, blas.at(du), tail);
            add(w, linear, sums, dy, blas.at(du), tail, x);
        }
        return du;
    }

    private void add(
            TensorList w, Linear linear, TensorList sums, Rows dy, long du, int ldu, Rows x) {
        int columns = sizes().columns(linear);
        int tail = sizes().tail(linear);
        try (HeldScope temporary = blas.held()) {
            ofA(linear, sums, du, ldu, x);
            if (x.ld() == columns + tail) {
                input(w, linear, x);
                ofB(linear, sums, dy, tailOf(x, columns), x.ld());
            } else {
                ofB(linear, sums, dy, blas.at(inputBeside(temporary, w, linear, x)), tail);
            }
        }
    }

    private void ofA(Linear linear, TensorList sums, long du, int ldu, Rows x) {
        int columns = sizes().columns(linear);
        long[] windows = blas.script().addresses(sums, WINDOWS);
        if (linear.projections().stream().filter(p -> rank(p) > 0).count() > 1) {
            ofAllA(linear, sums, du, ldu, x);
            return;
        }
        int rank = 0;
        for (Projection p : linear.projections()) {
            int r = rank(p);
            if (r > 0) {
                blas.add(
                        new Blas.Window(du + Blas.BYTES * rank, ldu).turned(),
                        new Blas.Window(blas.at(x.tensor()), x.ld()),
                        new Blas.Window(windows[2 * p.ordinal()], columns),
                        new Blas.Size(r, columns, x.count()));
            }
            rank += r;
        }
    }

    private void ofAllA(Linear linear, TensorList sums, long du, int ldu, Rows x) {
        int columns = sizes().columns(linear);
        int[] ranks = linear.projections().stream().mapToInt(this::rank).toArray();
        int all = Arrays.stream(ranks).sum();
        try (HeldScope temporary = blas.held()) {
            temporary.hold((long) Float.BYTES * all * columns);
            Tensor da = blas.script().buffer(temporary.scope(), wide, all, columns);
            blas.multiplyWide(
                    new Blas.Window(du, ldu).turned(),
                    new Blas.Window(blas.at(x.tensor()), x.ld()),
                    new Blas.Window(blas.at(da), columns),
                    new Blas.Size(all, columns, x.count()));
            kernels.addOfA(da, columns, sums, linear.first(), ranks);
        }
    }

    private void ofB(Linear linear, TensorList sums, Rows dy, long u, int ldu) {
        long[] windows = blas.script().addresses(sums, WINDOWS);
        int row = 0;
        int rank = 0;
        for (Projection p : linear.projections()) {
            int r = rank(p);
            int rows = sizes().config().outFeatures(p);
            if (r > 0) {
                blas.add(
                        new Blas.Window(blas.at(dy.tensor()) + Blas.BYTES * row, dy.ld()).turned(),
                        new Blas.Window(u + Blas.BYTES * rank, ldu),
                        new Blas.Window(windows[2 * p.ordinal() + 1], r),
                        new Blas.Size(rows, r, dy.count()));
            }
            row += rows;
            rank += r;
        }
    }

    private int rank(Projection p) {
        return sizes().lora().targets().contains(p) ? sizes().lora().loraRank() : 0;
    }

    private Tensor room(HeldScope into, int rows, int columns) {
        into.hold(activations.matrix(rows, columns));
        return blas.buffer(into, rows, columns);
    }

    private long tailOf(Rows x, int column) {
        return blas.at(x.tensor()) + Blas.BYTES * column;
    }

    private LinearSizes sizes() {
        return activations.linears();
    }

    private float scaling() {
        return (float) sizes().lora().loraScaling();
    }
}
