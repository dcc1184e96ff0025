package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.device.LayerOffload;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.PlanSizes;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.BitSet;

/**
 * A pass's places in host memory: one for each offloaded layer. The layer's input waits there for
 * the backward pass, and attention's output where the plan keeps it.
 */
final class HostPlaces implements AutoCloseable {

    private static final int INPUT = 0;
    private static final int OUTPUT = 1;

    /**
     * What is on its way back.
     *
     * @param held its owner
     * @param x the layer's input
     * @param o attention's output; null where it is not kept
     */
    record Fetched(HeldScope held, Tensor x, Tensor o) {}

    private final PassContext c;
    private final LayerOffload offload;
    private final boolean keepsAttention;
    private final int first;
    private final BitSet taken = new BitSet();

    /** @param first the number of its first place */
    HostPlaces(PassContext context, boolean keepsAttention, int first) {
        this.c = context;
        this.offload = context.model().offload();
        this.keepsAttention = keepsAttention;
        this.first = first;
    }

    /** As {@link LlamaPass#reserve}. */
    static MemoryPlan reserve(
            LayerOffload offload,
            ActivationSizes sizes,
            int mostTokens,
            int underWay,
            MemoryPlan plan) {
        PlanSizes planned = new PlanSizes(plan, sizes.linears().config());
        int places = planned.offloadedLayers() * underWay;
        if (places == 0) {
            return plan;
        }
        long input = sizes.hidden(mostTokens);
        if (!planned.keepsAttention()) {
            offload.reserve(places, input);
            return plan;
        }
        long output = sizes.attentionOutput(mostTokens);
        if (offload.reserveSpare(places, input, output)) {
            return plan;
        }
        offload.reserve(places, input);
        return plan.withKeepAttention(false);
    }

    /** The input may be freed after {@link #settle}. */
    void saveInput(int layer, Tensor x) {
        taken.set(layer);
        offload.save(first + layer, INPUT, x, inputBytes());
    }

    /**
     * The output may be freed after {@link #settle}.
     *
     * @param attended o comes first in it
     */
    void saveOutput(int layer, TensorList attended) {
        try (HeldScope temporary = c.model().held()) {
            Tensor o = c.script().element(temporary.scope(), attended, 0);
            offload.save(first + layer, OUTPUT, o, outputBytes());
        }
    }

    /** What the device is given from here on comes after the copies of this layer. */
    void settle(int layer) {
        offload.settle(first + layer);
    }

    /** Starts to bring a layer's tensors back; they are there after {@link #settle}. */
    Fetched fetch(int layer, HeldScope into) {
        Tensor x = c.buffer(into, c.tokens(), c.config().hiddenSize());
        offload.fetch(first + layer, INPUT, x, inputBytes());
        if (!keepsAttention) {
            return new Fetched(into, x, null);
        }
        Tensor o = c.buffer(into, c.tokens(), c.model().linearSizes().queryWidth());
        offload.fetch(first + layer, OUTPUT, o, outputBytes());
        return new Fetched(into, x, o);
    }

    /** The place may be another pass's from here on. */
    void free(int layer) {
        taken.clear(layer);
    }

    private long inputBytes() {
        return c.model().sizes().hidden(c.tokens());
    }

    private long outputBytes() {
        return c.model().sizes().attentionOutput(c.tokens());
    }

    /** Before tensors are freed that may be on their way to or from a place. */
    @Override
    public void close() {
        taken.stream().forEach(layer -> {
            offload.settle(first + layer);
            offload.drop(first + layer);
        });
        taken.clear();
    }
}
