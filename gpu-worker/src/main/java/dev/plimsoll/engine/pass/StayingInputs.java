package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.Tensor;

import java.util.function.Supplier;

/**
 * The inputs of recomputed layers that stay on the device, in one block that is taken before the
 * pass. Each by itself would lie between tensors that come and go, and a large tensor would find no
 * room although enough bytes are free (decision 0190).
 *
 * @param held owns the block; null where there is none
 * @param block [layers * t, h]
 * @param first the first layer whose input lies in it
 * @param end behind the last one
 */
record StayingInputs(PassContext context, HeldScope held, Tensor block, int first, int end) {

    /**
     * The first input that stays is not in the block: while its layer goes backward the last
     * offloaded one comes back already, and the block is free by then.
     *
     * @param offloaded layers whose inputs are in host memory; they come first
     * @param recomputed layers, the offloaded ones among them
     */
    static StayingInputs of(
            PassContext context, int offloaded, int recomputed, Supplier<HeldScope> opened) {
        int first = offloaded + 1;
        if (recomputed - first < 2) {
            return new StayingInputs(context, null, null, 0, 0);
        }
        HeldScope held = opened.get();
        int rows = Math.multiplyExact(recomputed - first, context.tokens());
        Tensor block = context.buffer(held, rows, context.config().hiddenSize());
        return new StayingInputs(context, held, block, first, recomputed);
    }

    /** Whether the input of the layer lies in the block. */
    boolean has(int layer) {
        return layer >= first && layer < end;
    }

    /** The backward pass comes to it as the last of the block. */
    boolean isFirst(int layer) {
        return has(layer) && layer == first;
    }

    /** Where the input of the layer belongs, [t, h]. */
    Tensor room(int layer, HeldScope into) {
        int tokens = context.tokens();
        return context.script().rows(into.scope(), block, (layer - first) * tokens, tokens);
    }
}
