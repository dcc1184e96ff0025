package dev.plimsoll.engine.nativelib;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * kernels.cu: one method for each kernel, with the kernel's arguments in its order, behind the
 * number of blocks. A long is an address on the device, a stride or a count; strides (ld) are in
 * elements. Formulas and layouts are in the source.
 */
public final class CudaKernels {

    private static final int THREADS = 256;
    private static final int HEAD_THREADS = 1024;

    private final KernelModule module;

    private CudaKernels(KernelModule module) {
        this.module = module;
    }

    /**
     * Compiles for the architecture of the device. Fails with an IllegalStateException when a
     * library or the compiler is missing, or with the compiler's words.
     */
    public static CudaKernels compile(int device) {
        return new CudaKernels(KernelModule.compile(source(), device));
    }

    private static String source() {
        try (InputStream in =
                CudaKernels.class.getResourceAsStream("/dev/plimsoll/engine/kernels.cu")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("a resource of this module cannot be read", e);
        }
    }

    /** Blocks for so many threads, of the kernels where a thread has a part of a row. */
    public static int blocks(long threads) {
        return Math.toIntExact((threads + THREADS - 1) / THREADS);
    }

    /** x [rows, h] += added, where that is not 0; y = norm(x) with eps. One block a row. */
    public void rmsNorm(
            int blocks, long x, long added, long w, long y, long ldy, int h, float eps) {
        module.launch("rms_norm", blocks, 1, THREADS, x, added, w, y, ldy, h, eps);
    }

    /** sum += the VJP of norm at x [rows, h]. One block a row. */
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
     * side. One thread eight pairs.
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
     * a [tokens, f] = silu(gate) * up, gate and up side by side in gu. One thread eight columns.
     */
    public void swiglu(int blocks, long gu, long ldgu, long a, long lda, long tokens, int f) {
        module.launch("swiglu", blocks, 1, THREADS, gu, ldgu, a, lda, tokens, f);
    }

    /** The VJP of swiglu in place, with da in a. One thread eight columns. */
    public void swigluVjp(int blocks, long gu, long ldgu, long a, long lda, long tokens, int f) {
        module.launch("swiglu_vjp", blocks, 1, THREADS, gu, ldgu, a, lda, tokens, f);
    }

    /**
     * losses = logsumexp(z) - z[target]; z becomes its derivative if backward is 1. One block a
     * row.
     */
    public void crossEntropy(
            int blocks, long z, long targets, long losses, int vocabulary, int backward) {
        module.launch(
                "cross_entropy", blocks, 1, HEAD_THREADS, z, targets, losses, vocabulary, backward);
    }

    /** out = value of each code * its scale. One thread 32 values. */
    public void nf4Dequantize(
            int blocks,
            long codes,
            long scales,
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
                scales,
                pairs,
                out,
                ldo,
                elements,
                cols);
    }

    /**
     * out = e4m3(x * factor / scale) by rows, and the scales; factor may be 0. One block a row.
     * From compute capability 8.9 on.
     */
    public void fp8Rows(
            int blocks, long x, long ldx, long factor, long out, long scales, int cols) {
        module.launch("fp8_rows", blocks, 1, THREADS, x, ldx, factor, out, scales, cols);
    }

    /** out = code * scale of its row. One thread 16 values. From compute capability 8.9 on. */
    public void fp8Dequantize(
            int blocks, long codes, long scales, long out, long ldo, long elements, int cols) {
        module.launch(
                "fp8_dequantize", blocks, 1, THREADS, codes, scales, out, ldo, elements, cols);
    }

    /** out [cols, rows] = in [rows, cols] transposed. One block 64 x 64 bytes. */
    public void fp8Turn(int blocksX, int blocksY, long in, long out, int rows, int cols) {
        module.launch("fp8_turn", blocksX, blocksY, THREADS, in, out, rows, cols);
    }
}
