package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

/**
 * By PyTorch's own operators: exact in every precision, on every device, and the yardstick for
 * {@link FusedKernels}.
 */
public record ComposedKernels(LlamaScript script, double eps) implements Kernels {

    @Override
    public void rmsNorm(Rows x, Tensor w, Rows y) {
        script.kernels().rmsNormInto(x.tensor(), w, y.tensor(), eps);
    }

    @Override
    public void addRmsNorm(Rows delta, Rows x, Tensor w, Rows y) {
        script.kernels().addRmsNormInto(delta.tensor(), x.tensor(), w, y.tensor(), eps);
    }

    @Override
    public void rmsNormVjp(Rows dy, Rows x, Tensor w, Rows sum) {
        script.kernels().rmsNormVjpAdd(dy.tensor(), x.tensor(), w, sum.tensor(), eps);
    }

    @Override
    public void rotate(Rows qk, Angles angles, int heads) {
        script.kernels()
                .rotateInPlace(qk.tensor(), angles.cos(), angles.sin(), heads, 2 * angles.half());
    }

    @Override
    public void rotateBack(Rows dq, Rows dk, Rows dv, Rows out, Angles angles) {
        script.kernels()
                .rotateBack(
                        dq.tensor(),
                        dk.tensor(),
                        dv.tensor(),
                        out.tensor(),
                        angles.cos(),
                        angles.sin(),
                        2 * angles.half());
    }

    @Override
    public void swiglu(Rows gateUp, Rows a, int f) {
        script.kernels().swiglu(gateUp.tensor(), a.tensor(), f);
    }

    @Override
    public void swigluVjp(Rows gateUp, Rows a, int f) {
        script.kernels().swigluVjp(gateUp.tensor(), a.tensor(), f);
    }

    @Override
    public boolean takes(MlpRanks ranks, int f) {
        return true;
    }

    @Override
    public void swigluLora(Rows gateUp, Rows a, TensorList adapter, Mlp mlp) {
        script.kernels().swigluLora(gateUp.tensor(), a.tensor(), adapter, mlp.f(), mlp.scaling());
    }

    @Override
    public void swigluLoraVjp(
            HeldScope into,
            Rows gateUp,
            Rows a,
            Rows dy,
            TensorList adapter,
            TensorList sums,
            Mlp mlp,
            boolean keep) {
        script.kernels()
                .swigluLoraVjp(
                        gateUp.tensor(),
                        a.tensor(),
                        dy.tensor(),
                        adapter,
                        mlp.f(),
                        mlp.h(),
                        mlp.scaling());
        if (sums != null) {
            script.kernels()
                    .swigluLoraSums(
                            gateUp.tensor(),
                            a.tensor(),
                            dy.tensor(),
                            sums,
                            mlp.f(),
                            mlp.h(),
                            mlp.scaling());
        }
    }

    @Override
    public void addOfA(Tensor da, int columns, TensorList sums, int first, int... ranks) {
        script.kernels().addOfA(da, sums, first, ranks.length);
    }

    @Override
    public void copyStrip(Rows from, int at, Rows into, int to, int columns) {
        script.kernels().copyStrip(from.tensor(), at, into.tensor(), to, columns);
    }

    @Override
    public void crossEntropy(Rows z, Tensor targets, Tensor losses, boolean backward) {
        script.kernels().crossEntropy(z.tensor(), targets, losses, backward ? 1 : 0);
    }
}
