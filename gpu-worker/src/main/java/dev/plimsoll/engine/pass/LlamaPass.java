package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.AttentionChoice;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.engine.weights.LlamaWeights;
import dev.plimsoll.model.shapes.PlanSizes;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * One micro-batch through the model, or through a part of it: forward, head and backward. It keeps
 * between the two directions what the memory plan says: for a recomputed layer its input, and
 * attention's output if the plan says so, on the device or in host memory. Several passes may be
 * under way on a device, with places of their own in host memory.
 */
public final class LlamaPass implements AutoCloseable {

    /** The input of a layer and who owns it. */
    private record LayerInput(HeldScope held, Tensor x) {}

    private final LoadedModel model;
    private final LlamaScript script;
    private final PackedMicroBatch in;
    private final PlanSizes plan;
    private final List<SavedLayer> saved = new ArrayList<>();
    private final List<HeldScope> open = new ArrayList<>();
    private final PassContext context;
    private final AttentionBlock attention;
    private final MlpBlock mlp;
    private final LossHead head;
    private final Tensor tokens;
    private final LayerListener listener;
    private final int groups;
    private final int offloaded;
    private HostPlaces places;
    private StayingInputs staying;
    private int layersDone;
    private HeldScope finalStates;

    /** The only pass that is under way. */
    public LlamaPass(
            LoadedModel model, PackedMicroBatch in, MemoryPlan plan, LayerListener listener) {
        this(model, in, plan, listener, 0);
    }

    /** @param plan of the card: its layers are counted from the part's first */
    public LlamaPass(
            LoadedModel model,
            PackedMicroBatch in,
            MemoryPlan plan,
            LayerListener listener,
            int firstPlace) {
        this.model = model;
        this.script = model.script();
        this.in = in;
        this.plan = new PlanSizes(plan, model.config());
        this.listener = listener;
        this.groups = this.plan.attentionGroups();
        this.offloaded = this.plan.offloadedLayers();
        HeldScope whole = opened();
        try {
            whole.hold(model.sizes().inputs(in.tokenCount(), in.bounds().length, in.lossTokens()));
            DeviceTensors tensors = model.tensors();
            this.tokens = model.part().embedding()
                    ? tensors.integers(whole.scope(), in.tokens(), TorchDtype.INT64)
                    : null;
            this.context = new PassContext(
                    model,
                    in,
                    RotaryAngles.of(model, in, whole),
                    bounds(whole),
                    model.dense().worth(in));
            this.places = new HostPlaces(context, this.plan.keepsAttention(), firstPlace);
            this.attention = new AttentionBlock(context);
            this.mlp = new MlpBlock(context, this.plan.tileTokens(in.tokenCount()));
            this.head = model.part().head() ? head(whole, plan) : null;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private LossHead head(HeldScope whole, MemoryPlan plan) {
        DeviceTensors tensors = model.tensors();
        Tensor rows = tensors.integers(whole.scope(), in.rows(), TorchDtype.INT64);
        Tensor targets = tensors.integers(whole.scope(), in.targets(), TorchDtype.INT64);
        return new LossHead(context, rows, targets, plan.headChunkTokens());
    }

    private Tensor bounds(HeldScope whole) {
        DeviceTensors tensors = model.tensors();
        return tensors.integers(
                whole.scope(), in.bounds(), AttentionChoice.boundsDtype(tensors.device()));
    }

    /**
     * Host memory for what the plan offloads; to be called before a pass that goes backward, and
     * not in the middle of it: to buy it takes as long as a pass.
     *
     * @param mostTokens of a pass
     * @param underWay the most passes that go on at the same time
     * @return the plan to go by: a leaner one where the host cannot spare what would only save time
     */
    public static MemoryPlan reserve(
            LoadedModel model, int mostTokens, int underWay, MemoryPlan plan) {
        return HostPlaces.reserve(model.offload(), model.sizes(), mostTokens, underWay, plan);
    }

    /**
     * From the tokens on, in a part with the embedding: the hidden states [t, h] behind the last
     * layer. Keeps what a backward pass needs, if there is to be one.
     */
    public Tensor forward(boolean backwardFollows) {
        HeldScope first = opened().hold(hiddenBytes());
        return through(
                new LayerInput(first, context.embed(tokens, first.scope())), backwardFollows);
    }

    /**
     * The same from the hidden states on that enter the first layer. They belong to the caller, and
     * must be there until the backward pass, if there is to be one.
     */
    public Tensor forward(Tensor hidden, boolean backwardFollows) {
        return through(new LayerInput(opened(), hidden), backwardFollows);
    }

    private Tensor through(LayerInput from, boolean backwardFollows) {
        LayerInput input = from;
        if (backwardFollows) {
            staying = StayingInputs.of(context, offloaded, plan.recomputedLayers(), this::opened);
        }
        for (int layer = 0; layer < model.config().layers(); layer++) {
            boolean keep = backwardFollows && layer >= plan.recomputedLayers();
            input = keep ? keptLayer(layer, input) : passingLayer(layer, input, backwardFollows);
            listener.layer(++layersDone, passes(backwardFollows));
        }
        finalStates = input.held();
        return input.x();
    }

    /** Everything stays for the backward pass. */
    private LayerInput keptLayer(int layer, LayerInput input) {
        HeldScope held = input.held();
        AttentionBlock.Forward block = attention.forward(layer, input.x(), 1, held, held);
        HeldScope next = opened();
        Tensor y = context.buffer(next, in.tokenCount(), model.config().hiddenSize());
        List<Tensor> gateUp = mlp.forward(layer, block.delta(), input.x(), y, held);
        saved.add(new SavedLayer(held, input.x(), block.kept(), block.delta(), gateUp, null));
        return new LayerInput(next, y);
    }

    /** At most the input stays and, where the plan keeps it, what attention computed. */
    private LayerInput passingLayer(int layer, LayerInput input, boolean backwardFollows) {
        boolean away = backwardFollows && layer < offloaded;
        boolean keeps = backwardFollows && plan.keepsAttention();
        if (away) {
            places.saveInput(layer, input.x());
        }
        boolean stays = backwardFollows && staying.has(layer + 1);
        HeldScope next = opened();
        try (HeldScope temporary = model.held();
                HeldScope summed = model.held()) {
            HeldScope deltaIn = stays ? summed : next;
            AttentionBlock.Forward block = keeps
                    ? attention.forward(layer, input.x(), temporary, input.held(), deltaIn)
                    : attention.forward(layer, input.x(), groups, temporary, deltaIn);
            temporary.close();
            TensorList attended = keeps ? block.kept().attended().getFirst() : null;
            if (away && keeps) {
                places.saveOutput(layer, attended);
            }
            Tensor y = stays ? staying.room(layer + 1, next) : block.delta();
            mlp.forward(layer, block.delta(), input.x(), y, null);
            if (away) {
                saved.add(settled(layer, input.held(), attended));
            } else if (backwardFollows) {
                saved.add(SavedLayer.recomputed(input.held(), input.x(), attended));
            } else {
                shut(input.held());
            }
            return new LayerInput(next, y);
        }
    }

    /** The copies to host memory are over before anything else is: what was copied is freed. */
    private SavedLayer settled(int layer, HeldScope copied, TensorList attended) {
        HeldScope rest = null;
        TensorList without = null;
        if (attended != null) {
            rest = opened();
            without = script.attention().withoutFirst(rest.scope(), attended);
            copied.handOver(model.sizes().logSumExp(in.tokenCount()), rest);
        }
        places.settle(layer);
        shut(copied);
        return SavedLayer.recomputed(rest, null, without);
    }

    /** Frees what {@link #forward} returned. */
    public void freeFinalStates() {
        shut(finalStates);
    }

    /** The summed loss and the derivative by the final hidden states, which are freed. */
    public LossHead.Result head(Tensor x, boolean backward) {
        LossHead.Result result = head.run(x, backward, opened());
        freeFinalStates();
        return result;
    }

    /**
     * Adds every LoRA gradient to the scratch. The carrier [t, h + R] is the derivative by the
     * final hidden states, and becomes that by the hidden states that entered the first layer; in a
     * part with the embedding it is spent, since nobody trains what is below.
     *
     * @param filled told of each layer, when the device was given all that adds to its gradients
     */
    public void backward(Tensor carrier, IntConsumer filled) {
        HostPlaces.Fetched ahead = null;
        for (int layer = saved.size() - 1; layer >= 0; layer--) {
            SavedLayer from = saved.get(layer);
            if (from.isAway()) {
                HostPlaces.Fetched back = ahead == null ? places.fetch(layer, opened()) : ahead;
                places.settle(layer);
                from = returned(from, back);
            }
            boolean isNextAway = layer > 0 && saved.get(layer - 1).isAway();
            ahead = isNextAway ? places.fetch(layer - 1, opened()) : null;
            layerBackward(layer, from, carrier);
            shut(from.held());
            saved.removeLast();
            places.free(layer);
            if (staying.isFirst(layer)) {
                shut(staying.held());
            }
            filled.accept(layer);
            listener.layer(++layersDone, passes(true));
        }
    }

    /** The layer with what came back from host memory. */
    private SavedLayer returned(SavedLayer from, HostPlaces.Fetched back) {
        if (from.attended() == null) {
            return SavedLayer.recomputed(back.held(), back.x(), null);
        }
        TensorList attended =
                script.attention().putFirst(back.held().scope(), back.o(), from.attended());
        from.held().handOver(model.sizes().logSumExp(in.tokenCount()), back.held());
        shut(from.held());
        return SavedLayer.recomputed(back.held(), back.x(), attended);
    }

    private void layerBackward(int layer, SavedLayer from, Tensor carrier) {
        Tensor x = from.input();
        if (from.attention() != null) {
            mlp.backward(layer, from.middle(), from.gateUp(), carrier);
            attention.backward(layer, x, from.attention(), carrier, carries(layer));
        } else if (from.attended() != null) {
            keptBackward(layer, x, from.attended(), carrier);
        } else {
            recomputedBackward(layer, x, carrier);
        }
    }

    /** Whether somebody reads the derivative by the layer's input. */
    private boolean carries(int layer) {
        return layer > 0 || !model.part().embedding();
    }

    /** Attention is not computed again: q, k and v are, when the MLP is done. */
    private void keptBackward(int layer, Tensor x, TensorList attended, Tensor carrier) {
        try (HeldScope middleScope = model.held()) {
            Tensor middle = attention.delta(layer, attended, middleScope);
            script.add(middle, x);
            mlp.backward(layer, middle, List.of(), carrier);
        }
        try (HeldScope temporary = model.held()) {
            AttentionBlock.Kept kept = attention.again(layer, x, attended, temporary);
            attention.backward(layer, x, kept, carrier, carries(layer));
        }
    }

    private void recomputedBackward(int layer, Tensor x, Tensor carrier) {
        try (HeldScope temporary = model.held()) {
            AttentionBlock.Kept kept;
            try (HeldScope middleScope = model.held()) {
                AttentionBlock.Forward block =
                        attention.forward(layer, x, groups, temporary, middleScope);
                kept = block.kept();
                script.add(block.delta(), x);
                mlp.backward(layer, block.delta(), List.of(), carrier);
            }
            attention.backward(layer, x, kept, carrier, carries(layer));
        }
    }

    /**
     * The first block of a forward pass whose result is NaN or infinite, in words; empty where all
     * are finite.
     *
     * @param entering the hidden states that enter the first layer; null in a part with the
     *     embedding
     * @param leaving is given those behind the last layer, where all are finite
     */
    Optional<String> firstNonFinite(Tensor entering, Consumer<Tensor> leaving) {
        HeldScope held = opened().hold(hiddenBytes());
        Tensor x = entering == null ? context.embed(tokens, held.scope()) : entering;
        if (isNonFinite(x)) {
            return Optional.of("its embeddings");
        }
        int first = model.part().from();
        for (int layer = 0; layer < model.config().layers(); layer++) {
            HeldScope next = opened();
            Tensor y;
            try (HeldScope temporary = model.held()) {
                y = attention.forward(layer, x, groups, temporary, next).delta();
            }
            if (isNonFinite(y)) {
                return Optional.of("the attention block of layer " + (first + layer));
            }
            mlp.forward(layer, y, x, y, null);
            if (isNonFinite(y)) {
                return Optional.of("the MLP block of layer " + (first + layer));
            }
            shut(held);
            held = next;
            x = y;
        }
        leaving.accept(x);
        if (head == null) {
            return Optional.empty();
        }
        double loss = script.item(head.run(x, false, held).loss());
        return Double.isFinite(loss) ? Optional.empty() : Optional.of("the loss head");
    }

    private boolean isNonFinite(Tensor x) {
        return script.nonFinite(x) > 0;
    }

    public Tensor logits(Tensor x) {
        LlamaWeights weights = model.weights();
        return script.logits(
                open.getFirst().scope(),
                x,
                weights.norm(),
                weights.head(),
                model.config().rmsNormEps());
    }

    @Override
    public void close() {
        if (places != null) {
            places.close();
        }
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        open.clear();
        saved.clear();
    }

    private long hiddenBytes() {
        return model.sizes().hidden(in.tokenCount());
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
