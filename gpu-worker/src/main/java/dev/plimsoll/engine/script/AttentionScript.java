package dev.plimsoll.engine.script;

/**
 * llama.py's attention: norms of heads, attention itself and its VJP. n and m are the query and the
 * key-value heads of a group, d is the head size.
 */
public final class AttentionScript {

    private final LlamaScript script;

    AttentionScript(LlamaScript script) {
        this.script = script;
    }

    /** Normalises q and k of qk [t, (n + m)d and more] head by head, in place. */
    public void headNorms(Tensor qk, Tensor qw, Tensor kw, int n, int m, double eps) {
        script.run("head_norms", qk, qw, kw, n, m, eps);
    }

    /** The VJP of that in place, from raw [t, (n + m)d], what entered the norms. */
    public void headNormsVjp(
            Tensor dqk, Tensor raw, Tensor qw, Tensor kw, int n, int m, double eps) {
        script.run("head_norms_vjp", dqk, raw, qw, kw, n, m, eps);
    }

    /**
     * qkv [t, (n + 2m)d], rotated -> o [t, nd], then what the VJP needs of it.
     *
     * @param bounds [sequences + 1], of the packed sequences
     * @param equal 1 where all sequences are equally long and worth the dense kernel, else 0
     * @param window of sliding attention; 0 for none
     */
    public TensorList attend(
            Scope into,
            Tensor qkv,
            int n,
            int m,
            int d,
            Tensor bounds,
            int longest,
            int equal,
            int window) {
        return script.list(into, "attend", qkv, n, m, d, bounds, longest, equal, window);
    }

    /**
     * derivative [t, nd] -> dq [t, nd], dk and dv [t, md].
     *
     * @param kept what attend returned; this group's columns of o begin at column at
     */
    public TensorList attendVjp(
            Scope into,
            Tensor derivative,
            Tensor qkv,
            TensorList kept,
            int at,
            int n,
            int m,
            int d,
            Tensor bounds,
            int longest,
            int equal,
            int window) {
        return script.list(
                into,
                "attend_vjp",
                derivative,
                qkv,
                kept,
                at,
                n,
                m,
                d,
                bounds,
                longest,
                equal,
                window);
    }

    /** kept with another first tensor. */
    public TensorList withFirst(Scope into, Tensor first, TensorList kept) {
        return script.list(into, "with_first", first, kept);
    }

    /** kept without its first tensor. */
    public TensorList withoutFirst(Scope into, TensorList kept) {
        return script.list(into, "without_first", kept);
    }

    /** The way back: first, then rest. */
    public TensorList putFirst(Scope into, Tensor first, TensorList rest) {
        return script.list(into, "put_first", first, rest);
    }

    /** o, dq, dk and dv in one vector. */
    public Tensor attentionCheck(
            Scope into,
            Tensor qkv,
            Tensor derivative,
            int n,
            int m,
            int d,
            Tensor bounds,
            int longest,
            int equal,
            int window) {
        return script.tensor(
                into, "attention_check", qkv, derivative, n, m, d, bounds, longest, equal, window);
    }
}
