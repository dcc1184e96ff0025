package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.Progress;
import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;
import dev.plimsoll.wire.MemoryPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * One micro-batch through the model: forward, head and backward. Layer by layer it calls the blocks of llama.py, and
 * keeps between the two directions what the memory plan says: for a recomputed layer its input only.
 */
final class LlamaPass implements AutoCloseable {

    /** @param kept q, k, v, o and the kernel's own, as one list; empty when nothing is kept */
    private record AttentionResult(Value middle, Value kept) {}

    /** What a layer leaves for its backward pass; where it is recomputed attention is null and mlp an empty list. */
    private record SavedLayer(HeldScope held, Value input, AttentionResult attention, Value mlp) {}

    private final LoadedModel model;
    private final TorchScript script;
    private final ActivationSizes sizes;
    private final List<Value> adapter;
    private final PackedInputs in;
    private final MemoryPlan plan;
    private final int tile;
    private final HeldScope batch;
    private final List<SavedLayer> saved = new ArrayList<>();
    private final List<HeldScope> open = new ArrayList<>();
    private final Value cos;
    private final Value sin;
    private final Value bounds;
    private final Progress progress;
    private int layersDone;

    /** @param adapter per layer the 11 tensors in the order that llama.py gives */
    LlamaPass(LoadedModel model, List<Value> adapter, PackedInputs in, MemoryPlan plan, Progress progress) {
        this.model = model;
        this.script = model.script();
        this.sizes = model.sizes();
        this.adapter = adapter;
        this.in = in;
        this.plan = plan;
        this.progress = progress;
        this.tile = plan.mlpTileTokens() == 0 ? in.tokenCount() : plan.mlpTileTokens();
        this.batch = opened();
        try {
            batch.hold(sizes.inputs(in));
            DeviceTensors tensors = model.tensors();
            int wide = model.precision().wide().torchDtype();
            try (HeldScope temporary = model.held()) {
                Value positions = tensors.integers(temporary.scope(), in.positions(), Precision.INT64);
                Value angles = script.call(temporary.scope(), "angles", positions, model.frequencies(), wide);
                this.cos = script.element(batch.scope(), angles, 0);
                this.sin = script.element(batch.scope(), angles, 1);
            }
            this.bounds = tensors.integers(batch.scope(), in.bounds(), AttentionKernel.boundsDtype(tensors.device()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The final hidden states [t, h]; keeps what a backward pass needs, if there is to be one. */
    Value forward(boolean backwardFollows) {
        HeldScope held = opened().hold(sizes.hidden(in.tokenCount()));
        Value x;
        try (HeldScope temporary = model.held()) {
            Value tokens = model.tensors().integers(temporary.scope(), in.tokens(), Precision.INT64);
            x = script.call(held.scope(), "embed", model.weights().embedding(), tokens);
        }
        for (int layer = 0; layer < model.config().layers(); layer++) {
            HeldScope next = opened().hold(sizes.hidden(in.tokenCount()));
            boolean keep = backwardFollows && layer >= plan.recomputeLayers();
            x = layerForward(layer, x, keep, held, next);
            if (!backwardFollows) {
                shut(held);
            }
            held = next;
            progress.layer(++layersDone, passes(backwardFollows));
        }
        return x;
    }

    /** @param derivative of the loss by the final hidden states; empty if there is no backward pass */
    record HeadResult(Value loss, Value derivative) {}

    /** The summed loss, fp64 [], and its derivative. */
    HeadResult head(Value x, boolean backward) {
        HeldScope held = opened().hold(backward ? sizes.hidden(in.tokenCount()) : 0);
        model.account().work(sizes.headWork(in.tokenCount(), in.lossTokens(), plan));
        LlamaWeights weights = model.weights();
        try (HeldScope temporary = model.held()) {
            Value rows = model.tensors().integers(temporary.scope(), in.rows(), Precision.INT64);
            Value targets = model.tensors().integers(temporary.scope(), in.targets(), Precision.INT64);
            Value both = script.call(
                    temporary.scope(),
                    "head",
                    x,
                    rows,
                    targets,
                    weights.norm(),
                    weights.head(),
                    plan.headChunkTokens(),
                    model.config().rmsNormEps(),
                    backward ? 1 : 0);
            return new HeadResult(script.element(held.scope(), both, 0), script.element(held.scope(), both, 1));
        }
    }

    /** Adds every LoRA gradient to the scratch; derivative is that by the final hidden states. */
    void backward(Value derivative) {
        HeldScope previous = null;
        Value dx = derivative;
        for (int layer = saved.size() - 1; layer >= 0; layer--) {
            SavedLayer from = saved.get(layer);
            HeldScope result = opened().hold(sizes.hidden(in.tokenCount()));
            dx = layerBackward(layer, dx, from, result);
            shut(from.held());
            if (previous != null) {
                shut(previous);
            }
            previous = result;
            progress.layer(++layersDone, passes(true));
        }
    }

    Value logits(Value x) {
        LlamaWeights weights = model.weights();
        return script.call(
                batch.scope(),
                "logits",
                x,
                weights.norm(),
                weights.head(),
                model.config().rmsNormEps());
    }

    @Override
    public void close() {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        open.clear();
        saved.clear();
    }

    private Value layerForward(int layer, Value x, boolean keep, HeldScope held, HeldScope next) {
        int t = in.tokenCount();
        try (HeldScope temporary = model.held()) {
            AttentionResult attention = attentionForward(layer, x, keep, keep ? held : temporary);
            model.account().work(sizes.mlpForwardWork(t, tile));
            held.hold(keep ? sizes.mlpKept(t) : 0);
            Value mlp = script.call(
                    temporary.scope(),
                    "mlp_forward",
                    attention.middle(),
                    model.weights().layers().get(layer),
                    adapter.get(layer),
                    tile,
                    model.config().rmsNormEps(),
                    model.loraScaling(),
                    keep ? 1 : 0);
            Value keptMlp = script.rest(held.scope(), mlp, 1);
            saved.add(keep ? new SavedLayer(held, x, attention, keptMlp) : new SavedLayer(held, x, null, keptMlp));
            return script.element(next.scope(), mlp, 0);
        }
    }

    /** The mid-residual and what is kept, both in the given scope. */
    private AttentionResult attentionForward(int layer, Value x, boolean keep, HeldScope into) {
        int t = in.tokenCount();
        into.hold(sizes.hidden(t) + (keep ? sizes.attentionKept(t) : 0));
        model.account().work(sizes.attentionForwardWork(t));
        try (HeldScope temporary = model.held()) {
            Value all = script.call(
                    temporary.scope(),
                    "attention_forward",
                    x,
                    model.weights().layers().get(layer),
                    adapter.get(layer),
                    cos,
                    sin,
                    bounds,
                    in.longest(),
                    model.config().headDim(),
                    model.config().rmsNormEps(),
                    model.loraScaling(),
                    keep ? 1 : 0);
            return new AttentionResult(script.element(into.scope(), all, 0), script.rest(into.scope(), all, 1));
        }
    }

    private Value layerBackward(int layer, Value dy, SavedLayer from, HeldScope result) {
        int t = in.tokenCount();
        try (HeldScope temporary = model.held()) {
            boolean recomputed = from.attention() == null;
            AttentionResult attention =
                    recomputed ? attentionForward(layer, from.input(), true, temporary) : from.attention();
            temporary.hold(sizes.hidden(t));
            model.account().work(sizes.mlpBackwardWork(t, tile, !recomputed));
            Value dMiddle = script.call(
                    temporary.scope(),
                    "mlp_vjp",
                    dy,
                    attention.middle(),
                    from.mlp(),
                    model.weights().layers().get(layer),
                    adapter.get(layer),
                    model.gradients().get(layer),
                    tile,
                    model.config().rmsNormEps(),
                    model.loraScaling());
            model.account().work(sizes.attentionBackwardWork(t));
            return script.call(
                    result.scope(),
                    "attention_vjp",
                    dMiddle,
                    from.input(),
                    attention.kept(),
                    model.weights().layers().get(layer),
                    adapter.get(layer),
                    model.gradients().get(layer),
                    cos,
                    sin,
                    bounds,
                    in.longest(),
                    model.config().rmsNormEps(),
                    model.loraScaling());
        }
    }

    private int passes(boolean backwardFollows) {
        return (backwardFollows ? 2 : 1) * model.config().layers();
    }

    private HeldScope opened() {
        HeldScope scope = model.held();
        open.add(scope);
        return scope;
    }

    private void shut(HeldScope scope) {
        open.remove(scope);
        scope.close();
    }
}
