package dev.plimsoll.engine.script;

/**
 * decode.py: one text through the model with a key-value cache. Letters and lists as there; s is
 * the LoRA scaling, 0 for the base model alone.
 */
public final class DecodeScript extends TorchScript {

    private DecodeScript() {
        super("Decode", Resources.text("decode.py"));
    }

    /** Compiles decode.py unless this process has done so; the caller closes it. */
    public static DecodeScript load() {
        return new DecodeScript();
    }

    /** The 18 tensors of a layer. */
    public TensorList layer(
            Scope into,
            Tensor attentionNorm,
            Tensor mlpNorm,
            Tensor qkvBias,
            Tensor outBias,
            Tensor queryNorm,
            Tensor keyNorm,
            TensorList qkv,
            TensorList out,
            TensorList gateUp,
            TensorList down) {
        return list(
                into,
                "layer",
                attentionNorm,
                mlpNorm,
                qkvBias,
                outBias,
                queryNorm,
                keyNorm,
                qkv,
                out,
                gateUp,
                down);
    }

    /** An empty list. */
    public TensorList none(Scope into) {
        return list(into, "none");
    }

    /** The tensors of one list, then those of the other. */
    public TensorList both(Scope into, TensorList one, TensorList other) {
        return list(into, "both", one, other);
    }

    /** Keys and values of each layer, [m, positions, d], with the dtype and device of another. */
    public TensorList cache(Scope into, int layers, int m, int positions, int d, Tensor like) {
        return list(into, "cache", layers, m, positions, d, like);
    }

    /** The tensors from start to before end. */
    public TensorList part(Scope into, TensorList tensors, int start, int end) {
        return list(into, "part", tensors, start, end);
    }

    /** positions [t], frequencies [d / 2] or [t, d / 2] in fp64 -> cos, sin [t, 1, d]. */
    public TensorList angles(
            Scope into, Tensor positions, Tensor frequencies, double scaling, Tensor like) {
        return list(into, "angles", positions, frequencies, scaling, like);
    }

    /** The rows of cos and sin from start to before end. */
    public TensorList rows(Scope into, TensorList angles, int start, int end) {
        return list(into, "rows", angles, start, end);
    }

    /** x [t, h] -> attention of the new tokens [t, nd]; their keys and values go into the cache. */
    public Tensor attend(
            Scope into,
            Tensor x,
            TensorList layer,
            TensorList cache,
            TensorList angles,
            int start,
            int window,
            int n,
            double eps,
            double s,
            int way) {
        return tensor(into, "attend", x, layer, cache, angles, start, window, n, eps, s, way);
    }

    /** x + o.WoT [t, h]. */
    public Tensor attended(Scope into, Tensor x, Tensor o, TensorList layer, double s) {
        return tensor(into, "attended", x, o, layer, s);
    }

    /** silu(gate) * up of norm(x), [t, f]. */
    public Tensor gateUp(
            Scope into, Tensor x, TensorList layer, Tensor nothing, double eps, double s) {
        return tensor(into, "gate_up", x, layer, nothing, eps, s);
    }

    /** x + a.WdownT [t, h]. */
    public Tensor down(Scope into, Tensor x, Tensor a, TensorList layer, Tensor nothing, double s) {
        return tensor(into, "down", x, a, layer, nothing, s);
    }

    /** x [t, h] through all layers; windows [layers] on the CPU. */
    public Tensor layers(
            Scope into,
            Tensor x,
            TensorList weights,
            TensorList cache,
            TensorList angles,
            Tensor windows,
            Tensor nothing,
            int start,
            int n,
            double eps,
            double s,
            int way) {
        return tensor(
                into, "layers", x, weights, cache, angles, windows, nothing, start, n, eps, s, way);
    }

    /** Of a way of attention from plain operators, on fixed numbers; waits for the device. */
    public double attentionDifference(Tensor like, int n, int m, int d, int window, int way) {
        return number("attention_difference", like, n, m, d, window, way);
    }

    /** The logits behind the last row of x, [v] in the wide precision. */
    public Tensor logits(Scope into, Tensor x, Tensor norm, Tensor head, double eps) {
        return tensor(into, "logits", x, norm, head, eps);
    }

    /** Marks for the tokens of z [v], none of them set. */
    public Tensor unseen(Scope into, Tensor z) {
        return tensor(into, "unseen", z);
    }

    /** Sets the marks of tokens. */
    public void see(Tensor seen, Tensor tokens) {
        run("see", seen, tokens);
    }

    /** z with the logits of marked tokens lowered. */
    public Tensor penalised(Scope into, Tensor z, Tensor seen, double penalty) {
        return tensor(into, "penalised", z, seen, penalty);
    }

    /** The token with the largest logit; waits for the device. */
    public double likeliest(Tensor z) {
        return number("likeliest", z);
    }

    /** The token at uniform, in [0, 1), of those that topP leaves; waits for the device. */
    public double drawn(Tensor z, double temperature, double topP, double uniform) {
        return number("drawn", z, temperature, topP, uniform);
    }
}
