package dev.plimsoll.engine.script;

/** llama.py's twins of the fused kernels, by plain operators. */
public final class KernelScript {

    private final LlamaScript script;

    KernelScript(LlamaScript script) {
        this.script = script;
    }

    /** y[:, :h] = norm(x), x [c, h], w [h]. */
    public void rmsNormInto(Tensor x, Tensor w, Tensor y, double eps) {
        script.run("rms_norm_into", x, w, y, eps);
    }

    /** delta += x; y[:, :h] = norm(delta), both [c, h]. */
    public void addRmsNormInto(Tensor delta, Tensor x, Tensor w, Tensor y, double eps) {
        script.run("add_rms_norm_into", delta, x, w, y, eps);
    }

    /** sum[:, :h] += the VJP of norm at x [c, h]. */
    public void rmsNormVjpAdd(Tensor dy, Tensor x, Tensor w, Tensor sum, double eps) {
        script.run("rms_norm_vjp_add", dy, x, w, sum, eps);
    }

    /** Turns the first heads of qk [t, heads * d and more] by cos, sin [t, d / 2]. */
    public void rotateInPlace(Tensor qk, Tensor cos, Tensor sin, int heads, int d) {
        script.run("rotate_in_place", qk, cos, sin, heads, d);
    }

    /** out [t, (n + 2m)d and more] = dq and dk turned back, and dv. */
    public void rotateBack(
            Tensor dq, Tensor dk, Tensor dv, Tensor out, Tensor cos, Tensor sin, int d) {
        script.run("rotate_back", dq, dk, dv, out, cos, sin, d);
    }

    /** a [c, f and more] = silu(gate) * up, gate and up side by side in gu [c, 2f and more]. */
    public void swiglu(Tensor gu, Tensor a, int f) {
        script.run("swiglu", gu, a, f);
    }

    /** With da in a: gate and up become dgate and dup, and da becomes silu(gate) * up. */
    public void swigluVjp(Tensor gu, Tensor a, int f) {
        script.run("swiglu_vjp", gu, a, f);
    }

    /**
     * swiglu with LoRA's part of gate and up: gu [c, 2f + R] has x.AT in its tail, adapter are the
     * windows of a layer.
     */
    public void swigluLora(Tensor gu, Tensor a, TensorList adapter, int f, double s) {
        script.run("swiglu_lora", gu, a, adapter, f, s);
    }

    /** Its VJP, with da without LoRA's part in a, and du in the tail of dy [c, h + R]. */
    public void swigluLoraVjp(
            Tensor gu, Tensor a, Tensor dy, TensorList adapter, int f, int h, double s) {
        script.run("swiglu_lora_vjp", gu, a, dy, adapter, f, h, s);
    }

    /** Afterwards: dB of gate and up, dA of down, into the sums of a layer. */
    public void swigluLoraSums(
            Tensor gu, Tensor a, Tensor dy, TensorList sums, int f, int h, double s) {
        script.run("swiglu_lora_sums", gu, a, dy, sums, f, h, s);
    }

    /** Adds dA [R, i] of projections, below one another, to their windows among the sums. */
    public void addOfA(Tensor da, TensorList sums, int first, int parts) {
        script.run("add_of_a", da, sums, first, parts);
    }

    /** Copies columns of x, from at on, to those of y from to on. */
    public void copyStrip(Tensor x, int at, Tensor y, int to, int columns) {
        script.run("copy_strip", x, at, y, to, columns);
    }

    /** losses [c] = logsumexp(z) - z[target]; z [c, v] becomes its derivative if backward is 1. */
    public void crossEntropy(Tensor z, Tensor targets, Tensor losses, int backward) {
        script.run("cross_entropy", z, targets, losses, backward);
    }
}
