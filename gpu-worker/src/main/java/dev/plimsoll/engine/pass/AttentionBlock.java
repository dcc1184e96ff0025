package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.Linear;
import dev.plimsoll.engine.linear.Products;
import dev.plimsoll.engine.script.Value;

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
    record Kept(Value qkv, Value raw, List<Value> attended) {}

    /** @param delta [t, h] */
    record Forward(Value delta, Kept kept) {}

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
    Forward forward(int layer, Value x, int groups, HeldScope keepIn, HeldScope deltaIn) {
        LayerWeights weights = c.weights(layer);
        Kept kept = groups == 1 ? whole(layer, x, keepIn) : grouped(layer, x, groups, keepIn);
        try (HeldScope temporary = c.model().held()) {
            Value o = c.script().element(temporary.scope(), kept.attended().getFirst(), 0);
            Value delta = c.model()
                    .products()
                    .out(deltaIn, weights, PassContext.rows(o, c.tokens(), n * d));
            return new Forward(delta, kept);
        }
    }

    private Kept whole(int layer, Value x, HeldScope keepIn) {
        Value qkv;
        try (HeldScope temporary = c.model().held()) {
            Value normed = normedWithTail(temporary, layer, x);
            qkv = product(keepIn, layer, normed, Products.Group.ALL);
        }
        Value raw = turned(layer, qkv, 1, keepIn);
        keepIn.hold(c.model().sizes().attended(c.tokens()));
        return new Kept(qkv, raw, List.of(attend(keepIn, layer, qkv, 1)));
    }

    private Kept grouped(int layer, Value x, int groups, HeldScope keepIn) {
        List<Value> attended = new ArrayList<>();
        Value all = c.buffer(keepIn, c.tokens(), n * d);
        try (HeldScope temporary = c.model().held()) {
            Value normed = normedWithTail(temporary, layer, x);
            for (int group = 0; group < groups; group++) {
                try (HeldScope single = c.model().held()) {
                    Value qkv = product(single, layer, normed, new Products.Group(group, groups));
                    turned(layer, qkv, groups, single);
                    single.hold(c.model().sizes().attended(c.tokens()) / groups);
                    Value list = attend(single, layer, qkv, groups);
                    Value o = c.script().element(single.scope(), list, 0);
                    c.script().callVoid("put", all, 0, group * (n / groups) * d, o);
                    attended.add(c.script().call(keepIn.scope(), "with_first", all, list));
                }
            }
        }
        return new Kept(null, null, attended);
    }

    /**
     * Adds the VJP at x to carrier [t, h + R], the derivative by the block's sum with its input,
     * and the LoRA gradients.
     */
    void backward(int layer, Value x, Kept kept, Value carrier) {
        LayerWeights weights = c.weights(layer);
        int groups = kept.attended().size();
        try (HeldScope temporary = c.model().held()) {
            Value o = c.script().element(temporary.scope(), kept.attended().getFirst(), 0);
            c.loraBackward(layer, Linear.OUT, weights.adapter(Linear.OUT), carrier, o);
        }
        try (HeldScope temporary = c.model().held()) {
            Value dNormed = groups == 1
                    ? wholeVjp(layer, x, kept, carrier, temporary)
                    : groupedVjp(layer, x, kept, carrier, temporary);
            int width = groups == 1 ? h : h + c.model().linearSizes().tail(Linear.QKV);
            c.model()
                    .kernels()
                    .rmsNormVjp(
                            PassContext.rows(dNormed, c.tokens(), width),
                            PassContext.rows(x, c.tokens(), h),
                            weights.attentionNorm(),
                            PassContext.rows(carrier, c.tokens(), carrierWidth()));
        }
    }

    private Value wholeVjp(int layer, Value x, Kept kept, Value carrier, HeldScope result) {
        try (HeldScope outer = c.model().held()) {
            Value dqkv = derivatives(
                    layer,
                    kept.qkv(),
                    kept.raw(),
                    kept.attended().getFirst(),
                    carrier,
                    0,
                    1,
                    outer);
            Value normed =
                    c.normed(outer, x, c.weights(layer).attentionNorm(), c.tokens(), Linear.QKV);
            Value around = c.weights(layer).around(Linear.QKV);
            c.loraBackward(layer, Linear.QKV, around, dqkv, normed);
            result.hold(bytes(h));
            return c.script().call(result.scope(), "linear_vjp", dqkv, around);
        }
    }

    private Value groupedVjp(int layer, Value x, Kept kept, Value carrier, HeldScope result) {
        int groups = kept.attended().size();
        try (HeldScope outer = c.model().held()) {
            Value normed = normedWithTail(outer, layer, x);
            Value dNormed =
                    c.buffer(result, c.tokens(), h + c.model().linearSizes().tail(Linear.QKV));
            c.script().callVoid("clear", dNormed);
            for (int group = 0; group < groups; group++) {
                try (HeldScope single = c.model().held()) {
                    Value qkv = product(single, layer, normed, new Products.Group(group, groups));
                    Value raw = turned(layer, qkv, groups, single);
                    Value list = kept.attended().get(group);
                    Value dqkv = derivatives(layer, qkv, raw, list, carrier, group, groups, single);
                    c.script()
                            .callVoid(
                                    "qkv_group_vjp",
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
            Value matrix = c.weights(layer).around(Linear.QKV);
            c.script().callVoid("qkv_groups_end", dNormed, normed, matrix, c.gradients(layer));
            return dNormed;
        }
    }

    /**
     * From the derivative by the block's output to that by a group's q, k, v, with room for a tail
     * where it is whole.
     */
    private Value derivatives(
            int layer,
            Value qkv,
            Value raw,
            Value attended,
            Value carrier,
            int group,
            int groups,
            HeldScope into) {
        int queries = n / groups;
        int keys = m / groups;
        int width = (queries + 2 * keys) * d
                + (groups == 1 ? c.model().linearSizes().tail(Linear.QKV) : 0);
        try (HeldScope temporary = c.model().held()) {
            temporary.hold(c.model().sizes().attentionBackward(c.tokens()) / groups);
            Value list;
            try (HeldScope first = c.model().held()) {
                int at = group * queries * d;
                Value derivative = c.model()
                        .products()
                        .outVjp(
                                first,
                                c.weights(layer),
                                PassContext.rows(carrier, c.tokens(), carrierWidth()),
                                at,
                                queries * d);
                list = c.script()
                        .call(
                                temporary.scope(),
                                "attend_vjp",
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
            Value dqkv = c.buffer(into, c.tokens(), width);
            Value dq = c.script().element(temporary.scope(), list, 0);
            Value dk = c.script().element(temporary.scope(), list, 1);
            Value dv = c.script().element(temporary.scope(), list, 2);
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
                        .callVoid(
                                "head_norms_vjp",
                                dqkv,
                                raw,
                                w.queryNorm(),
                                w.keyNorm(),
                                queries,
                                keys,
                                c.eps());
            }
            return dqkv;
        }
    }

    private Value normedWithTail(HeldScope into, int layer, Value x) {
        LayerWeights weights = c.weights(layer);
        Value normed = c.normed(into, x, weights.attentionNorm(), c.tokens(), Linear.QKV);
        c.script()
                .callVoid(
                        "lora_u", normed, weights.adapter(Linear.QKV), c.model().loraScaling());
        return normed;
    }

    private Value product(HeldScope into, int layer, Value normed, Products.Group group) {
        int width = h + c.model().linearSizes().tail(Linear.QKV);
        return c.model()
                .products()
                .qkv(into, c.weights(layer), PassContext.rows(normed, c.tokens(), width), group);
    }

    /**
     * Norms per head where the architecture has them, then the rotation, in place. Returns what
     * entered the norms.
     */
    private Value turned(int layer, Value qkv, int groups, HeldScope keepIn) {
        int queries = n / groups;
        int keys = m / groups;
        Value raw = null;
        if (c.config().queryKeyNorm()) {
            LayerWeights w = c.weights(layer);
            keepIn.hold(bytes((queries + keys) * d));
            raw = c.script().call(keepIn.scope(), "copy_columns", qkv, (queries + keys) * d);
            c.script()
                    .callVoid(
                            "head_norms", qkv, w.queryNorm(), w.keyNorm(), queries, keys, c.eps());
        }
        int width = (queries + 2 * keys) * d;
        c.model()
                .kernels()
                .rotate(PassContext.rows(qkv, c.tokens(), width), c.angles(), queries + keys);
        return raw;
    }

    private Value attend(HeldScope into, int layer, Value qkv, int groups) {
        return c.script()
                .call(
                        into.scope(),
                        "attend",
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
        return (long) c.tokens() * columns * c.model().precision().bytes();
    }
}
