package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.Products;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.Linear;

import java.util.ArrayList;
import java.util.List;

/**
 * The attention block of a layer without its residual sum: delta = attention(norm(x)).WoT. All
 * heads at once, or one group of key-value heads after the other, which holds the wide tensors of
 * one group only.
 */
public final class AttentionBlock {

    /**
     * What the VJP needs besides the input.
     *
     * @param qkv [t, (n + 2m)d], turned; null in groups
     * @param raw its q and k before their norms; null where the architecture has none, and in
     *     groups
     * @param attended for each group a list: o [t, nd] of all heads, then what the kernel needs
     */
    record Kept(Tensor qkv, Tensor raw, List<TensorList> attended) {}

    /** @param delta [t, h] */
    record Forward(Tensor delta, Kept kept) {}

    private final PassContext c;
    private final int n;
    private final int m;
    private final int d;
    private final int h;

    AttentionBlock(PassContext context) {
        this.c = context;
        this.n = context.config().attentionHeads();
        this.m = context.config().keyValueHeads();
        this.d = context.config().headDim();
        this.h = context.config().hiddenSize();
    }

    /** @param keepIn owns what is kept; delta is put into another scope, since it lives longer */
    Forward forward(int layer, Tensor x, int groups, HeldScope keepIn, HeldScope deltaIn) {
        Kept kept =
                groups == 1 ? whole(layer, x, keepIn, keepIn) : grouped(layer, x, groups, keepIn);
        return new Forward(delta(layer, kept.attended().getFirst(), deltaIn), kept);
    }

    /**
     * The same with all heads at once, where what attention computes outlives the rest.
     *
     * @param attendedIn owns o and what the kernel needs
     */
    Forward forward(
            int layer, Tensor x, HeldScope keepIn, HeldScope attendedIn, HeldScope deltaIn) {
        Kept kept = whole(layer, x, keepIn, attendedIn);
        return new Forward(delta(layer, kept.attended().getFirst(), deltaIn), kept);
    }

    /** o.WoT [t, h], from what attention computed of all heads. */
    Tensor delta(int layer, TensorList attended, HeldScope deltaIn) {
        try (HeldScope temporary = c.model().held()) {
            Tensor o = c.script().element(temporary.scope(), attended, 0);
            return c.model()
                    .products()
                    .out(deltaIn, c.weights(layer), PassContext.rows(o, c.tokens(), n * d));
        }
    }

    /** What the VJP needs, where attention is not computed again: q, k and v are. */
    Kept again(int layer, Tensor x, TensorList attended, HeldScope keepIn) {
        Tensor qkv = wholeProduct(layer, x, keepIn);
        Tensor raw = turned(layer, qkv, 1, keepIn);
        return new Kept(qkv, raw, List.of(attended));
    }

    private Kept whole(int layer, Tensor x, HeldScope keepIn, HeldScope attendedIn) {
        Tensor qkv = wholeProduct(layer, x, keepIn);
        Tensor raw = turned(layer, qkv, 1, keepIn);
        attendedIn.hold(c.model().sizes().attended(c.tokens()));
        return new Kept(qkv, raw, List.of(attend(attendedIn, layer, qkv, 1)));
    }

    private Tensor wholeProduct(int layer, Tensor x, HeldScope keepIn) {
        try (HeldScope temporary = c.model().held()) {
            Tensor normed = normedWithTail(temporary, layer, x);
            return product(keepIn, layer, normed, Products.Group.ALL);
        }
    }

    private Kept grouped(int layer, Tensor x, int groups, HeldScope keepIn) {
        List<TensorList> attended = new ArrayList<>();
        Tensor all = c.buffer(keepIn, c.tokens(), n * d);
        try (HeldScope temporary = c.model().held()) {
            Tensor normed = normedWithTail(temporary, layer, x);
            for (int group = 0; group < groups; group++) {
                try (HeldScope single = c.model().held()) {
                    Tensor qkv = product(single, layer, normed, new Products.Group(group, groups));
                    turned(layer, qkv, groups, single);
                    single.hold(c.model().sizes().attended(c.tokens()) / groups);
                    TensorList list = attend(single, layer, qkv, groups);
                    Tensor o = c.script().element(single.scope(), list, 0);
                    c.script().put(all, 0, group * (n / groups) * d, o);
                    attended.add(c.script().attention().withFirst(keepIn.scope(), all, list));
                }
            }
        }
        return new Kept(null, null, attended);
    }

    /**
     * Adds the VJP at x to carrier [t, h + R], the derivative by the block's sum with its input,
     * and the LoRA gradients.
     *
     * @param carries whether somebody reads the carrier afterwards: below the first layer are
     *     embeddings, which are not trained
     */
    void backward(int layer, Tensor x, Kept kept, Tensor carrier, boolean carries) {
        LayerWeights weights = c.weights(layer);
        int groups = kept.attended().size();
        try (HeldScope temporary = c.model().held()) {
            Tensor o = c.script().element(temporary.scope(), kept.attended().getFirst(), 0);
            Kernels.Rows dy = PassContext.rows(carrier, c.tokens(), carrierWidth());
            c.model().products().lora().derivative(weights.adapter(Linear.OUT), Linear.OUT, dy);
            c.loraGradients(layer, Linear.OUT, dy, PassContext.rows(o, c.tokens(), n * d));
        }
        if (!carries && groups == 1) {
            wholeGradients(layer, x, kept, carrier);
            return;
        }
        try (HeldScope temporary = c.model().held()) {
            Tensor dNormed = groups == 1
                    ? wholeVjp(layer, x, kept, carrier, temporary)
                    : groupedVjp(layer, x, kept, carrier, temporary);
            int width = groups == 1 ? h : c.model().linearSizes().inputWidth(Linear.QKV);
            c.model()
                    .kernels()
                    .rmsNormVjp(
                            PassContext.rows(dNormed, c.tokens(), width),
                            PassContext.rows(x, c.tokens(), h),
                            weights.attentionNorm(),
                            PassContext.rows(carrier, c.tokens(), carrierWidth()));
        }
    }

    /** The LoRA gradients of q, k and v alone, without the derivative by the input. */
    private void wholeGradients(int layer, Tensor x, Kept kept, Tensor carrier) {
        try (HeldScope outer = c.model().held()) {
            Kernels.Rows dqkv = wholeDerivatives(layer, kept, carrier, outer);
            TensorList adapter = c.weights(layer).adapter(Linear.QKV);
            c.model().products().lora().derivative(adapter, Linear.QKV, dqkv);
            c.loraGradients(layer, Linear.QKV, dqkv, normed(outer, layer, x));
        }
    }

    private Tensor wholeVjp(int layer, Tensor x, Kept kept, Tensor carrier, HeldScope result) {
        try (HeldScope outer = c.model().held()) {
            Kernels.Rows dqkv = wholeDerivatives(layer, kept, carrier, outer);
            return c.model()
                    .products()
                    .qkvVjp(
                            result,
                            c.weights(layer),
                            dqkv,
                            normed(outer, layer, x),
                            c.gradients(layer));
        }
    }

    private Kernels.Rows wholeDerivatives(int layer, Kept kept, Tensor carrier, HeldScope into) {
        TensorList attended = kept.attended().getFirst();
        Tensor dqkv = derivatives(layer, kept.qkv(), kept.raw(), attended, carrier, 0, 1, into);
        int width = c.model().linearSizes().outputWidth(Linear.QKV);
        return PassContext.rows(dqkv, c.tokens(), width);
    }

    /** With room for a tail. */
    private Kernels.Rows normed(HeldScope into, int layer, Tensor x) {
        Tensor norm = c.weights(layer).attentionNorm();
        Tensor normed = c.normed(into, x, norm, c.tokens(), Linear.QKV);
        int width = c.model().linearSizes().inputWidth(Linear.QKV);
        return PassContext.rows(normed, c.tokens(), width);
    }

    private Tensor groupedVjp(int layer, Tensor x, Kept kept, Tensor carrier, HeldScope result) {
        int groups = kept.attended().size();
        try (HeldScope outer = c.model().held()) {
            Tensor normed = normedWithTail(outer, layer, x);
            Tensor dNormed =
                    c.buffer(result, c.tokens(), c.model().linearSizes().inputWidth(Linear.QKV));
            c.script().clear(dNormed);
            for (int group = 0; group < groups; group++) {
                try (HeldScope single = c.model().held()) {
                    Tensor qkv = product(single, layer, normed, new Products.Group(group, groups));
                    Tensor raw = turned(layer, qkv, groups, single);
                    TensorList list = kept.attended().get(group);
                    Tensor dqkv =
                            derivatives(layer, qkv, raw, list, carrier, group, groups, single);
                    c.script()
                            .linear()
                            .qkvGroupVjp(
                                    dqkv,
                                    normed,
                                    c.weights(layer).around(Linear.QKV),
                                    c.gradients(layer),
                                    group,
                                    groups,
                                    n,
                                    m,
                                    d,
                                    dNormed,
                                    c.model().loraScaling());
                }
            }
            TensorList matrix = c.weights(layer).around(Linear.QKV);
            c.script().linear().qkvGroupsEnd(dNormed, normed, matrix, c.gradients(layer));
            return dNormed;
        }
    }

    /**
     * From the derivative by the block's output to that by a group's q, k, v, with room for a tail
     * where it is whole.
     */
    private Tensor derivatives(
            int layer,
            Tensor qkv,
            Tensor raw,
            TensorList attended,
            Tensor carrier,
            int group,
            int groups,
            HeldScope into) {
        int queries = n / groups;
        int keys = m / groups;
        int width = (queries + 2 * keys) * d
                + (groups == 1 ? c.model().linearSizes().tail(Linear.QKV) : 0);
        try (HeldScope temporary = c.model().held()) {
            temporary.hold(c.model().sizes().queryKeyValue(c.tokens(), groups));
            TensorList list;
            try (HeldScope first = c.model().held()) {
                first.hold(c.model().sizes().attentionScratch(c.tokens()) / groups);
                int at = group * queries * d;
                Tensor derivative = c.model()
                        .products()
                        .outVjp(
                                first,
                                c.weights(layer),
                                PassContext.rows(carrier, c.tokens(), carrierWidth()),
                                at,
                                queries * d);
                list = c.script()
                        .attention()
                        .attendVjp(
                                temporary.scope(),
                                derivative,
                                qkv,
                                attended,
                                at,
                                queries,
                                keys,
                                d,
                                c.bounds(),
                                c.in().longest(),
                                c.dense() ? 1 : 0,
                                c.slidingWindow(layer));
            }
            Tensor dqkv = c.buffer(into, c.tokens(), width);
            Tensor dq = c.script().element(temporary.scope(), list, 0);
            Tensor dk = c.script().element(temporary.scope(), list, 1);
            Tensor dv = c.script().element(temporary.scope(), list, 2);
            c.model()
                    .kernels()
                    .rotateBack(
                            PassContext.rows(dq, c.tokens(), queries * d),
                            PassContext.rows(dk, c.tokens(), keys * d),
                            PassContext.rows(dv, c.tokens(), keys * d),
                            PassContext.rows(dqkv, c.tokens(), width),
                            c.angles());
            if (raw != null) {
                LayerWeights w = c.weights(layer);
                c.script()
                        .attention()
                        .headNormsVjp(
                                dqkv, raw, w.queryNorm(), w.keyNorm(), queries, keys, c.eps());
            }
            return dqkv;
        }
    }

    private Tensor normedWithTail(HeldScope into, int layer, Tensor x) {
        LayerWeights weights = c.weights(layer);
        Tensor normed = c.normed(into, x, weights.attentionNorm(), c.tokens(), Linear.QKV);
        int width = c.model().linearSizes().inputWidth(Linear.QKV);
        c.model()
                .products()
                .lora()
                .input(
                        weights.adapter(Linear.QKV),
                        Linear.QKV,
                        PassContext.rows(normed, c.tokens(), width));
        return normed;
    }

    private Tensor product(HeldScope into, int layer, Tensor normed, Products.Group group) {
        int width = c.model().linearSizes().inputWidth(Linear.QKV);
        return c.model()
                .products()
                .qkv(into, c.weights(layer), PassContext.rows(normed, c.tokens(), width), group);
    }

    /**
     * Norms per head where the architecture has them, then the rotation, in place. Returns what
     * entered the norms.
     */
    private Tensor turned(int layer, Tensor qkv, int groups, HeldScope keepIn) {
        int queries = n / groups;
        int keys = m / groups;
        Tensor raw = null;
        if (c.config().queryKeyNorm()) {
            LayerWeights w = c.weights(layer);
            keepIn.hold(bytes((queries + keys) * d));
            raw = c.script().copyColumns(keepIn.scope(), qkv, (queries + keys) * d);
            c.script()
                    .attention()
                    .headNorms(qkv, w.queryNorm(), w.keyNorm(), queries, keys, c.eps());
        }
        int width = (queries + 2 * keys) * d;
        c.model()
                .kernels()
                .rotate(PassContext.rows(qkv, c.tokens(), width), c.angles(), queries + keys);
        return raw;
    }

    private TensorList attend(HeldScope into, int layer, Tensor qkv, int groups) {
        return c.script()
                .attention()
                .attend(
                        into.scope(),
                        qkv,
                        n / groups,
                        m / groups,
                        d,
                        c.bounds(),
                        c.in().longest(),
                        c.dense() ? 1 : 0,
                        c.slidingWindow(layer));
    }

    private int carrierWidth() {
        return c.model().linearSizes().carrierWidth();
    }

    private long bytes(int columns) {
        return c.model().sizes().matrix(c.tokens(), columns);
    }
}
