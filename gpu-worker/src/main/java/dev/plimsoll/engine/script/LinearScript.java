package dev.plimsoll.engine.script;

/**
 * llama.py's linear maps with LoRA, a map being the list [A, B, W], or [A, B, codes, scale] for fp8
 * products. s is the LoRA scaling; n, m and d are query heads, key-value heads and head size.
 */
public final class LinearScript {

    private final LlamaScript script;

    LinearScript(LlamaScript script) {
        this.script = script;
    }

    /** Fills the tail of x [t, i + R] with u = s * x.AT. */
    public void loraU(Tensor x, TensorList w, double s) {
        script.run("lora_u", x, w, s);
    }

    /** du = s * dy.B [t, R], which becomes the tail of dy where dy [t, o + R] has one. */
    public Tensor loraDu(Scope into, Tensor dy, TensorList w, double s) {
        return script.tensor(into, "lora_du", dy, w, s);
    }

    /**
     * Adds dA and dB of a linear map to its windows: dy [t, o and more], du [t, R], x [t, i or i +
     * R].
     */
    public void loraGradients(
            Tensor dy,
            Tensor du,
            Tensor x,
            TensorList w,
            TensorList sums,
            int first,
            int parts,
            double s) {
        script.run("lora_gradients", dy, du, x, w, sums, first, parts, s);
    }

    /** Adds dA alone: dy [t, o + R] with its tail, x [t, i and more]. */
    public void loraGradientA(
            Tensor dy, Tensor x, TensorList w, TensorList sums, int first, int parts) {
        script.run("lora_gradient_a", dy, x, w, sums, first, parts);
    }

    /** Adds dB alone: dy [t, o and more], x with u in its columns from at on. */
    public void loraGradientB(
            Tensor dy, Tensor x, int at, TensorList w, TensorList sums, int first, int parts) {
        script.run("lora_gradient_b", dy, x, at, w, sums, first, parts);
    }

    /** x [t, h + R] with its tail -> q, k, v of a group side by side, [t, (n + 2m)d / groups]. */
    public Tensor qkv(
            Scope into,
            Tensor x,
            TensorList w,
            Tensor bias,
            int group,
            int groups,
            int n,
            int m,
            int d) {
        return script.tensor(into, "qkv", x, w, bias, group, groups, n, m, d);
    }

    /** x [t, nd] -> x.WoT with LoRA, [t, h]. */
    public Tensor out(Scope into, Tensor x, TensorList w, Tensor bias, double s) {
        return script.tensor(into, "out", x, w, bias, s);
    }

    /** dy [t, h + R] with its tail -> columns at to at + width of dx [t, nd]. */
    public Tensor outVjp(Scope into, Tensor dy, TensorList w, int at, int width) {
        return script.tensor(into, "out_vjp", dy, w, at, width);
    }

    /** dy [t, o + R] with its tail -> dx [t, i]. */
    public Tensor linearVjp(Scope into, Tensor dy, TensorList w) {
        return script.tensor(into, "linear_vjp", dy, w);
    }

    /**
     * Adds one group's share to dx [t, h + R], whose tail collects du, and adds dB.
     *
     * @param x [t, h + R] with its tail
     */
    public void qkvGroupVjp(
            Tensor dqkv,
            Tensor x,
            TensorList w,
            TensorList sums,
            int group,
            int groups,
            int n,
            int m,
            int d,
            Tensor dx,
            double s) {
        script.run("qkv_group_vjp", dqkv, x, w, sums, group, groups, n, m, d, dx, s);
    }

    /** dx += du.A, and dA, once the tail of dx has all of du. */
    public void qkvGroupsEnd(Tensor dx, Tensor x, TensorList w, TensorList sums) {
        script.run("qkv_groups_end", dx, x, w, sums);
    }

    /** x [c, h + R], whose tail is filled -> gate, up and x.AT side by side, [c, 2f + R]. */
    public Tensor gateUp(Scope into, Tensor x, TensorList w, double s) {
        return script.tensor(into, "gate_up", x, w, s);
    }

    /** x [c, h + R] -> gate and up without LoRA's part, and x.AT behind them, [c, 2f + R]. */
    public Tensor gateUpFrozen(Scope into, Tensor x, TensorList w) {
        return script.tensor(into, "gate_up_frozen", x, w);
    }

    /** downVjp without LoRA's part of da. */
    public Tensor downVjpFrozen(Scope into, Tensor dy, TensorList w, double s) {
        return script.tensor(into, "down_vjp_frozen", dy, w, s);
    }

    /** y [c, h] = x + a.WdownT with LoRA, a [c, f + R]; y may be x. */
    public void down(Tensor a, TensorList w, Tensor x, Tensor y, double s) {
        script.run("down", a, w, x, y, s);
    }

    /** dy [c, h + R], whose tail is filled -> da [c, f + R]. */
    public Tensor downVjp(Scope into, Tensor dy, TensorList w, double s) {
        return script.tensor(into, "down_vjp", dy, w, s);
    }

    /** x [t, i or i + R], its code xc -> y [t, o] with LoRA, w [A, B, codes, scale]. */
    public Tensor fp8Linear(
            Scope into, Tensor x, TensorList xc, TensorList w, Tensor bias, double s) {
        return script.tensor(into, "fp8_linear", x, xc, w, bias, s);
    }

    /** x [t, h + R] with its tail, its code xc -> q, k, v of one group. */
    public Tensor fp8QkvGroup(
            Scope into,
            Tensor x,
            TensorList xc,
            TensorList w,
            Tensor bias,
            int group,
            int groups,
            int n,
            int m,
            int d) {
        return script.tensor(into, "fp8_qkv_group", x, xc, w, bias, group, groups, n, m, d);
    }

    /**
     * dyc the code [t, o] of dy, du [t, R], turned [i, o] -> columns at to at + width of dx [t, i].
     */
    public Tensor fp8Vjp(
            Scope into, TensorList dyc, Tensor du, Tensor turned, TensorList w, int at, int width) {
        return script.tensor(into, "fp8_vjp", dyc, du, turned, w, at, width);
    }
}
