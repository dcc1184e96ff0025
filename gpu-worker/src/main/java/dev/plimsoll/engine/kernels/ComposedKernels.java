package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

/**
 * By PyTorch's own operators: exact in every precision, on every device, and the yardstick for
 * {@link FusedKernels}.
 */
public record ComposedKernels(TorchScript script, double eps) implements Kernels {

    @Override
    public void rmsNorm(Rows x, Value w, Rows y) {
        script.callVoid("rms_norm_into", x.tensor(), w, y.tensor(), eps);
    }

    @Override
    public void addRmsNorm(Rows delta, Rows x, Value w, Rows y) {
        script.callVoid("add_rms_norm_into", delta.tensor(), x.tensor(), w, y.tensor(), eps);
    }

    @Override
    public void rmsNormVjp(Rows dy, Rows x, Value w, Rows sum) {
        script.callVoid("rms_norm_vjp_add", dy.tensor(), x.tensor(), w, sum.tensor(), eps);
    }

    @Override
    public void rotate(Rows qk, Angles angles, int heads) {
        script.callVoid(
                "rotate_in_place",
                qk.tensor(),
                angles.cos(),
                angles.sin(),
                heads,
                2 * angles.half());
    }

    @Override
    public void rotateBack(Rows dq, Rows dk, Rows dv, Rows out, Angles angles) {
        script.callVoid(
                "rotate_back",
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
        script.callVoid("swiglu", gateUp.tensor(), a.tensor(), f);
    }

    @Override
    public void swigluVjp(Rows gateUp, Rows a, int f) {
        script.callVoid("swiglu_vjp", gateUp.tensor(), a.tensor(), f);
    }

    @Override
    public void crossEntropy(Rows z, Value targets, Value losses, boolean backward) {
        script.callVoid("cross_entropy", z.tensor(), targets, losses, backward ? 1 : 0);
    }
}
