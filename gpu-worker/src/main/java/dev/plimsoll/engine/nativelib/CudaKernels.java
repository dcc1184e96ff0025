package dev.plimsoll.engine.nativelib;

/**
 * kernels.cu: one method for each kernel, with the kernel's arguments in its order, behind the
 * number of blocks. A long is an address on the device, a stride or a count; strides (ld) are in
 * elements. Formulas and layouts are in the source.
 */
public final class CudaKernels {

    private static final int THREADS = 256;
    private static final int HEAD_THREADS = 1024;
    private static final int WARPS_THREADS = 128;

    private final KernelModule module;

    private CudaKernels(KernelModule module) {
        this.module = module;
    }

    /**
     * Compiles for the architecture of the device. Fails with an IllegalStateException when a
     * library or the compiler is missing, or with the compiler's words.
     */
    public static CudaKernels compile(int device) {
        return new CudaKernels(KernelModule.compile("kernels.cu", device));
    }

    /** Blocks for so many threads, of the kernels where a thread has a part of a row. */
    public static int blocks(long threads) {
        return Math.toIntExact((threads + THREADS - 1) / THREADS);
    }

    /**
     * x [rows, h] += added, where that is not 0; y = norm(x) with eps. One block computes one row.
     */
    public void rmsNorm(
            int blocks, long x, long added, long w, long y, long ldy, int h, float eps) {
        module.launch("rms_norm", blocks, 1, THREADS, x, added, w, y, ldy, h, eps);
    }

    /** sum += the VJP of norm at x [rows, h]. One block computes one row. */
    public void rmsNormVjp(
            int blocks,
            long dy,
            long lddy,
            long x,
            long w,
            long sum,
            long ldsum,
            int h,
            float eps) {
        module.launch("rms_norm_vjp", blocks, 1, THREADS, dy, lddy, x, w, sum, ldsum, h, eps);
    }

    /**
     * Turns n heads of q and m of k by (cos, sign * sin), copies the heads of v, into out side by
     * side. One thread turns eight pairs.
     */
    public void rotary(
            int blocks,
            long q,
            long k,
            long v,
            long ldq,
            long ldk,
            long ldv,
            long out,
            long ldo,
            long cos,
            long sin,
            long tokens,
            int n,
            int m,
            int copied,
            int half,
            float sign) {
        module.launch(
                "rotary", blocks, 1, THREADS, q, k, v, ldq, ldk, ldv, out, ldo, cos, sin, tokens, n,
                m, copied, half, sign);
    }

    /**
     * a [tokens, f] = silu(gate) * up, gate and up side by side in gu. One thread computes eight
     * columns.
     */
    public void swiglu(int blocks, long gu, long ldgu, long a, long lda, long tokens, int f) {
        module.launch("swiglu", blocks, 1, THREADS, gu, ldgu, a, lda, tokens, f);
    }

    /** The VJP of swiglu in place, with da in a. One thread computes eight columns. */
    public void swigluVjp(int blocks, long gu, long ldgu, long a, long lda, long tokens, int f) {
        module.launch("swiglu_vjp", blocks, 1, THREADS, gu, ldgu, a, lda, tokens, f);
    }

    /**
     * a [tokens, f] = silu(gate) * up with LoRA's part of both, which gu lacks: u [tokens, gateRank
     * + upRank] times B of each, [f, rank]. One block computes 256 columns of rows tokens.
     */
    public void swigluLora(
            int blocksX,
            int blocksY,
            long gu,
            long ldgu,
            long a,
            long lda,
            long u,
            long ldu,
            long gateB,
            long upB,
            float scale,
            int tokens,
            int f,
            int rows,
            int gateRank,
            int upRank) {
        module.launch(
                "swiglu_lora",
                blocksX,
                blocksY,
                WARPS_THREADS,
                gu,
                ldgu,
                a,
                lda,
                u,
                ldu,
                gateB,
                upB,
                scale,
                tokens,
                f,
                rows,
                gateRank,
                upRank);
    }

    /**
     * Its VJP in place, with da without LoRA's part in a, and, unless partial is 0, sums over
     * tokens for LoRA's gradients into partial [blocksY, 3, f, 16]; a replaces da only if keep is
     * 1. One block computes 128 columns of rows tokens.
     */
    public void swigluLoraVjp(
            int blocksX,
            int blocksY,
            long gu,
            long ldgu,
            long a,
            long lda,
            long u,
            long ldu,
            long du,
            long lddu,
            long gateB,
            long upB,
            long downA,
            float scale,
            long partial,
            int tokens,
            int f,
            int rows,
            int gateRank,
            int upRank,
            int downRank,
            int keep) {
        module.launch(
                "swiglu_lora_vjp",
                blocksX,
                blocksY,
                WARPS_THREADS,
                gu,
                ldgu,
                a,
                lda,
                u,
                ldu,
                du,
                lddu,
                gateB,
                upB,
                downA,
                scale,
                partial,
                tokens,
                f,
                rows,
                gateRank,
                upRank,
                downRank,
                keep);
    }

    /** Adds these sums to the gradients; addresses may be 0. One thread adds one. */
    public void swigluLoraVjpSum(
            int blocks,
            long partial,
            int partials,
            int f,
            int rank,
            float scale,
            long gateB,
            long upB,
            long downA) {
        module.launch(
                "swiglu_lora_vjp_sum",
                blocks,
                1,
                THREADS,
                partial,
                partials,
                f,
                rank,
                scale,
                gateB,
                upB,
                downA);
    }

    /**
     * Adds the parts of a stack of fp32 matrices to where each belongs; sizes are multiples of 4.
     * One thread adds four values.
     *
     * @param size of all parts
     */
    public void addApart(
            int blocks,
            long from,
            long first,
            long second,
            long third,
            int firstSize,
            int secondSize,
            int size) {
        module.launch(
                "add_apart",
                blocks,
                1,
                THREADS,
                from,
                first,
                second,
                third,
                firstSize,
                secondSize,
                size);
    }

    /** to [rows, 2 * pairs] = from. One thread copies a pair. */
    public void copyStrip(
            int blocks, long from, long ldfrom, long to, long ldto, int rows, int pairs) {
        module.launch("copy_strip", blocks, 1, THREADS, from, ldfrom, to, ldto, rows, pairs);
    }

    /**
     * losses = logsumexp(z) - z[target]; z becomes its derivative if backward is 1. One block
     * computes one row.
     */
    public void crossEntropy(
            int blocks, long z, long targets, long losses, int vocabulary, int backward) {
        module.launch(
                "cross_entropy", blocks, 1, HEAD_THREADS, z, targets, losses, vocabulary, backward);
    }

    /**
     * out = value of each code * its scale, which is restored too. One thread reads four times 32
     * codes.
     */
    public void nf4Dequantize(
            int blocks,
            long codes,
            long scaleCodes,
            long scaleScales,
            long offset,
            long map,
            long pairs,
            long out,
            long ldo,
            long elements,
            int cols) {
        module.launch(
                "nf4_dequantize",
                blocks,
                1,
                THREADS,
                codes,
                scaleCodes,
                scaleScales,
                offset,
                map,
                pairs,
                out,
                ldo,
                elements,
                cols);
    }

    /** So many that each has four times 16 bytes of a row, in whole warps. */
    private static int codingThreads(int cols) {
        return Math.clamp((cols + 1023) / 1024 * 32, 32, HEAD_THREADS);
    }

    /**
     * out = e4m3(x * factor / scale) by rows, and the scales; factor may be 0. One block computes
     * one row. From compute capability 8.9 on.
     */
    public void fp8Rows(
            int blocks, long x, long ldx, long factor, long out, long scales, int cols) {
        module.launch(
                "fp8_rows", blocks, 1, codingThreads(cols), x, ldx, factor, out, scales, cols);
    }

    /**
     * out = code * scale of its row. One thread restores 16 values. From compute capability 8.9 on.
     */
    public void fp8Dequantize(
            int blocks, long codes, long scales, long out, long ldo, long elements, int cols) {
        module.launch(
                "fp8_dequantize", blocks, 1, THREADS, codes, scales, out, ldo, elements, cols);
    }

    /**
     * out [cols, rows] = in [rows, cols] transposed; both multiples of 16. One block turns 128 x
     * 128 bytes.
     */
    public void fp8Turn(int blocksX, int blocksY, long in, long out, int rows, int cols) {
        module.launch("fp8_turn", blocksX, blocksY, THREADS, in, out, rows, cols);
    }
}
