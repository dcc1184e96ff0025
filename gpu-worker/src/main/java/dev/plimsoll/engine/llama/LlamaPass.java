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

    /** What a layer leaves for its backward pass; only input and mlp (empty then) where it is recomputed. */
    private record SavedLayer(HeldScope held, Value input, Value attention, Value middle, Value mlp) {}

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
                List<Value> angles = script.callTuple(batch.scope(), "angles", positions, model.frequencies(), wide);
                this.cos = angles.get(0);
                this.sin = angles.get(1);
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

    /** The summed loss, fp64 [], and the derivative by the final hidden states (empty if not wanted). */
    List<Value> head(Value x, boolean backward) {
        HeldScope held = opened().hold(backward ? sizes.hidden(in.tokenCount()) : 0);
        model.account().work(sizes.headWork(in.tokenCount(), in.lossTokens(), plan));
        Value rows = model.tensors().integers(batch.scope(), in.rows(), Precision.INT64);
        Value targets = model.tensors().integers(batch.scope(), in.targets(), Precision.INT64);
        LlamaWeights weights = model.weights();
        return script.callTuple(
                held.scope(),
                "head",
                x,
                rows,
                targets,
                weights.norm(),
                weights.head(),
                plan.headChunkTokens(),
                model.config().rmsNormEps(),
                backward);
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
            HeldScope forMiddle = (keep ? held : temporary).hold(sizes.hidden(t));
            List<Value> attention = attentionForward(layer, x, keep, forMiddle);
            model.account().work(sizes.mlpForwardWork(t, tile));
            held.hold(keep ? sizes.mlpKept(t) : 0);
            List<Value> mlp = script.callTuple(
                    next.scope(),
                    "mlp_forward",
                    attention.get(0),
                    model.weights().layers().get(layer),
                    adapter.get(layer),
                    tile,
                    model.config().rmsNormEps(),
                    model.loraScaling(),
                    keep);
            Value keptMlp = held.scope().take(mlp.get(1), next.scope());
            saved.add(
                    keep
                            ? new SavedLayer(held, x, attention.get(1), attention.get(0), keptMlp)
                            : new SavedLayer(held, x, null, null, keptMlp));
            return mlp.get(0);
        }
    }

    /** y and what is kept, both in the given scope. */
    private List<Value> attentionForward(int layer, Value x, boolean keep, HeldScope into) {
        into.hold(keep ? sizes.attentionKept(in.tokenCount()) : 0);
        model.account().work(sizes.attentionForwardWork(in.tokenCount()));
        return script.callTuple(
                into.scope(),
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
                keep);
    }

    private Value layerBackward(int layer, Value dy, SavedLayer from, HeldScope result) {
        int t = in.tokenCount();
        try (HeldScope temporary = model.held()) {
            Value middle = from.middle();
            Value attention = from.attention();
            boolean recomputed = middle == null;
            if (recomputed) {
                temporary.hold(sizes.hidden(t));
                List<Value> again = attentionForward(layer, from.input(), true, temporary);
                middle = again.get(0);
                attention = again.get(1);
            }
            temporary.hold(sizes.hidden(t));
            model.account().work(sizes.mlpBackwardWork(t, tile, !recomputed));
            Value dMiddle = script.call(
                    temporary.scope(),
                    "mlp_vjp",
                    dy,
                    middle,
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
                    attention,
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
