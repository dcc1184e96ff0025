package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.nativelib.KernelModule;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

/** kernels.cu in bf16: one pass over memory for each step. Needs widths that are multiples of 8. */
public record FusedKernels(
        KernelModule module, TorchScript script, int hidden, int vocabulary, double eps)
        implements Kernels {

    private static final int THREADS = 256;
    private static final int HEAD_THREADS = 1024;
    private static final int VECTOR = 8;

    @Override
    public void rmsNorm(Rows x, Value w, Rows y) {
        module.launch(
                "rms_norm",
                x.count(),
                1,
                THREADS,
                at(x),
                0L,
                at(w),
                at(y),
                (long) y.ld(),
                hidden,
                (float) eps);
    }

    @Override
    public void addRmsNorm(Rows delta, Rows x, Value w, Rows y) {
        module.launch(
                "rms_norm",
                x.count(),
                1,
                THREADS,
                at(delta),
                at(x),
                at(w),
                at(y),
                (long) y.ld(),
                hidden,
                (float) eps);
    }

    @Override
    public void rmsNormVjp(Rows dy, Rows x, Value w, Rows sum) {
        module.launch(
                "rms_norm_vjp",
                x.count(),
                1,
                THREADS,
                at(dy),
                (long) dy.ld(),
                at(x),
                at(w),
                at(sum),
                (long) sum.ld(),
                hidden,
                (float) eps);
    }

    @Override
    public void rotate(Rows qk, Angles angles, int heads) {
        long start = at(qk);
        rotary(start, start, start, qk, qk, qk, qk, angles, new int[] {heads, 0, 0}, 1);
    }

    @Override
    public void rotateBack(Rows dq, Rows dk, Rows dv, Rows out, Angles angles) {
        int d = 2 * angles.half();
        int[] heads = {dq.ld() / d, dk.ld() / d, dv.ld() / d};
        rotary(at(dq), at(dk), at(dv), dq, dk, dv, out, angles, heads, -1);
    }

    private void rotary(
            long q,
            long k,
            long v,
            Rows qs,
            Rows ks,
            Rows vs,
            Rows out,
            Angles angles,
            int[] heads,
            float sign) {
        long lanes =
                (long) out.count() * (heads[0] + heads[1] + heads[2]) * (angles.half() / VECTOR);
        module.launch(
                "rotary",
                blocks(lanes),
                1,
                THREADS,
                q,
                k,
                v,
                (long) qs.ld(),
                (long) ks.ld(),
                (long) vs.ld(),
                at(out),
                (long) out.ld(),
                at(angles.cos()),
                at(angles.sin()),
                (long) out.count(),
                heads[0],
                heads[1],
                heads[2],
                angles.half(),
                sign);
    }

    @Override
    public void swiglu(Rows gateUp, Rows a, int f) {
        activation("swiglu", gateUp, a, f);
    }

    @Override
    public void swigluVjp(Rows gateUp, Rows a, int f) {
        activation("swiglu_vjp", gateUp, a, f);
    }

    private void activation(String kernel, Rows gateUp, Rows a, int f) {
        module.launch(
                kernel,
                blocks((long) a.count() * (f / VECTOR)),
                1,
                THREADS,
                at(gateUp),
                (long) gateUp.ld(),
                at(a),
                (long) a.ld(),
                (long) a.count(),
                f);
    }

    @Override
    public void crossEntropy(Rows z, Value targets, Value losses, boolean backward) {
        module.launch(
                "cross_entropy",
                z.count(),
                1,
                HEAD_THREADS,
                at(z),
                at(targets),
                at(losses),
                vocabulary,
                backward ? 1 : 0);
    }

    /** Whether the widths of a model let 16 bytes be moved at a time. */
    public static boolean fits(int hidden, int f, int headDim, int vocabulary) {
        return hidden % VECTOR == 0
                && f % VECTOR == 0
                && headDim % (2 * VECTOR) == 0
                && vocabulary % VECTOR == 0;
    }

    private long at(Rows rows) {
        return script.address(rows.tensor());
    }

    private long at(Value tensor) {
        return script.address(tensor);
    }

    private static int blocks(long lanes) {
        return Math.toIntExact((lanes + THREADS - 1) / THREADS);
    }
}
