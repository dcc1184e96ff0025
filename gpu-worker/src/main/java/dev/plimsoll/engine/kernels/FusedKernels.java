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
    private static final int QUAD = 4;
    private static final int MAX_PARTS_OF_A = 3;
    private static final long BF16_BYTES = 2;
    // of swiglu_lora, a warp of which has the most columns
    private static final int WARP_COLUMNS = 64;
    private static final int FORWARD_COLUMNS = 256;
    private static final int FORWARD_ROWS = 64;
    // of its VJP
    private static final int BLOCK_COLUMNS = 128;
    private static final int TILE_ROWS = 16;
    private static final int MAX_RANK = 16;
    private static final int PART_ROWS = 128;
    private static final int MAX_PARTS = 7;
    // of a layer's windows
    private static final int WINDOWS = 14;
    private static final int GATE_B = 9;
    private static final int UP_B = 11;
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
    public void swigluLora(Rows gateUp, Rows a, TensorList adapter, Mlp mlp) {
        int f = mlp.f();
        MlpRanks ranks = mlp.ranks();
        long[] windows = script.addresses(adapter, WINDOWS);
        cuda.swigluLora(
                Math.ceilDiv(f, FORWARD_COLUMNS),
                Math.ceilDiv(a.count(), FORWARD_ROWS),
                at(gateUp),
                (long) gateUp.ld(),
                at(a),
                (long) a.ld(),
                at(gateUp) + BF16_BYTES * 2 * f,
                (long) gateUp.ld(),
                windows[GATE_B],
                windows[UP_B],
                (float) mlp.scaling(),
                a.count(),
                f,
                FORWARD_ROWS,
                ranks.gate(),
                ranks.up());
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
        int f = mlp.f();
        int parts = Math.clamp(a.count() / PART_ROWS, 1, MAX_PARTS);
        int rows = Math.ceilDiv(Math.ceilDiv(a.count(), parts), TILE_ROWS) * TILE_ROWS;
        parts = Math.ceilDiv(a.count(), rows);
        long partial = 0;
        if (sums != null) {
            long sumsOfAll = 3L * MAX_RANK * f;
            into.hold(Float.BYTES * sumsOfAll * parts);
            // as many bytes in bf16
            partial = at(script.buffer(into.scope(), a.tensor(), 2 * 3 * MAX_RANK * parts, f));
        }
        MlpRanks ranks = mlp.ranks();
        long[] windows = script.addresses(adapter, WINDOWS);
        cuda.swigluLoraVjp(
                Math.ceilDiv(f, BLOCK_COLUMNS),
                parts,
                at(gateUp),
                (long) gateUp.ld(),
                at(a),
                (long) a.ld(),
                at(gateUp) + BF16_BYTES * 2 * f,
                (long) gateUp.ld(),
                at(dy) + BF16_BYTES * mlp.h(),
                (long) dy.ld(),
                windows[GATE_B],
                windows[UP_B],
                windows[DOWN_A],
                (float) mlp.scaling(),
                partial,
                a.count(),
                f,
                rows,
                ranks.gate(),
                ranks.up(),
                ranks.down(),
                keep ? 1 : 0);
        if (sums != null) {
            addParts(partial, parts, sums, mlp);
        }
    }

    private void addParts(long partial, int parts, TensorList sums, Mlp mlp) {
        MlpRanks ranks = mlp.ranks();
        long[] windows = script.addresses(sums, WINDOWS);
        cuda.swigluLoraVjpSum(
                CudaKernels.blocks(3L * MAX_RANK * mlp.f()),
                partial,
                parts,
                mlp.f(),
                ranks.largest(),
                (float) mlp.scaling(),
                ranks.gate() > 0 ? windows[GATE_B] : 0,
                ranks.up() > 0 ? windows[UP_B] : 0,
                ranks.down() > 0 ? windows[DOWN_A] : 0);
    }

    @Override
    public void addOfA(Tensor da, int columns, TensorList sums, int first, int... ranks) {
        long[] windows = script.addresses(sums, WINDOWS);
        long[] to = new long[MAX_PARTS_OF_A];
        int[] sizes = new int[MAX_PARTS_OF_A];
        int size = 0;
        for (int i = 0; i < ranks.length; i++) {
            to[i] = windows[2 * (first + i)];
            sizes[i] = ranks[i] * columns;
            size += sizes[i];
        }
        cuda.addApart(
                CudaKernels.blocks(size / QUAD),
                at(da),
                to[0],
                to[1],
                to[2],
                sizes[0],
                sizes[1],
                size);
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
