package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.nativelib.CudaKernels;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

/** kernels.cu in bf16: one pass over memory for each step. Needs widths that are multiples of 8. */
public record FusedKernels(
        CudaKernels cuda, LlamaScript script, int hidden, int vocabulary, double eps)
        implements Kernels {

    private static final int VECTOR = 8;
    private static final long BF16_BYTES = 2;
    // of swiglu_vjp_lora
    private static final int WARP_COLUMNS = 32;
    private static final int BLOCK_COLUMNS = 128;
    private static final int MAX_RANK = 16;
    private static final int PARTIAL_ROWS = 512;
    private static final int MAX_PARTIALS = 9;
    // of a layer's windows
    private static final int WINDOWS = 14;
    private static final int GATE_B = 9;
    private static final int DOWN_A = 12;

    @Override
    public void rmsNorm(Rows x, Tensor w, Rows y) {
        cuda.rmsNorm(x.count(), at(x), 0L, at(w), at(y), (long) y.ld(), hidden, (float) eps);
    }

    @Override
    public void addRmsNorm(Rows delta, Rows x, Tensor w, Rows y) {
        cuda.rmsNorm(x.count(), at(delta), at(x), at(w), at(y), (long) y.ld(), hidden, (float) eps);
    }

    @Override
    public void rmsNormVjp(Rows dy, Rows x, Tensor w, Rows sum) {
        cuda.rmsNormVjp(
                x.count(),
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
        cuda.rotary(
                CudaKernels.blocks(lanes),
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
        cuda.swiglu(
                lanes(a, f),
                at(gateUp),
                (long) gateUp.ld(),
                at(a),
                (long) a.ld(),
                (long) a.count(),
                f);
    }

    @Override
    public void swigluVjp(Rows gateUp, Rows a, int f) {
        cuda.swigluVjp(
                lanes(a, f),
                at(gateUp),
                (long) gateUp.ld(),
                at(a),
                (long) a.ld(),
                (long) a.count(),
                f);
    }

    @Override
    public boolean takes(MlpRanks ranks, int f) {
        return f % WARP_COLUMNS == 0
                && ranks.largest() > 0
                && ranks.largest() <= MAX_RANK
                && ranks.largest() % 2 == 0;
    }

    @Override
    public void swigluVjpLora(
            HeldScope into, Rows gateUp, Rows a, Rows dy, TensorList sums, Mlp mlp, boolean keep) {
        int f = mlp.f();
        int partials = Math.clamp(a.count() / PARTIAL_ROWS, 1, MAX_PARTIALS);
        int rows = (a.count() + partials - 1) / partials;
        rows = (rows + MAX_RANK - 1) / MAX_RANK * MAX_RANK;
        partials = (a.count() + rows - 1) / rows;
        long sumsOfAll = 3L * MAX_RANK * f;
        into.hold(Float.BYTES * sumsOfAll * partials);
        // as many bytes in bf16
        Tensor partial = script.buffer(into.scope(), a.tensor(), 2 * 3 * MAX_RANK * partials, f);
        MlpRanks ranks = mlp.ranks();
        cuda.swigluVjpLora(
                (f + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS,
                partials,
                at(gateUp),
                (long) gateUp.ld(),
                at(a),
                (long) a.ld(),
                at(gateUp) + BF16_BYTES * 2 * f,
                (long) gateUp.ld(),
                at(dy) + BF16_BYTES * mlp.h(),
                (long) dy.ld(),
                at(partial),
                a.count(),
                f,
                rows,
                ranks.gate(),
                ranks.up(),
                ranks.down(),
                keep ? 1 : 0);
        long[] windows = script.addresses(sums, WINDOWS);
        cuda.swigluVjpLoraSum(
                CudaKernels.blocks(sumsOfAll),
                at(partial),
                partials,
                f,
                ranks.largest(),
                (float) mlp.scaling(),
                ranks.gate() > 0 ? windows[GATE_B] : 0,
                ranks.up() > 0 ? windows[GATE_B + 2] : 0,
                ranks.down() > 0 ? windows[DOWN_A] : 0);
    }

    @Override
    public void copyStrip(Rows from, int at, Rows into, int to, int columns) {
        int pairs = columns / 2;
        cuda.copyStrip(
                CudaKernels.blocks((long) from.count() * pairs),
                at(from) + BF16_BYTES * at,
                (long) from.ld(),
                at(into) + BF16_BYTES * to,
                (long) into.ld(),
                from.count(),
                pairs);
    }

    /** Blocks for one thread every eight columns. */
    private static int lanes(Rows a, int f) {
        return CudaKernels.blocks((long) a.count() * (f / VECTOR));
    }

    @Override
    public void crossEntropy(Rows z, Tensor targets, Tensor losses, boolean backward) {
        cuda.crossEntropy(z.count(), at(z), at(targets), at(losses), vocabulary, backward ? 1 : 0);
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

    private long at(Tensor tensor) {
        return script.address(tensor);
    }
}
