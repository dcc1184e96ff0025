package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

import java.util.List;

/**
 * What a layer leaves for its backward pass.
 *
 * @param held owns what is on the device; null where nothing is
 * @param input null where it waits in host memory
 * @param attention null where the layer is recomputed, and so is middle; gateUp is empty then
 * @param attended of a recomputed layer that keeps attention: o, which is left out where it waits
 *     in host memory, and what the kernel needs; otherwise null
 */
record SavedLayer(
        HeldScope held,
        Tensor input,
        AttentionBlock.Kept attention,
        Tensor middle,
        List<Tensor> gateUp,
        TensorList attended) {

    static SavedLayer recomputed(HeldScope held, Tensor input, TensorList attended) {
        return new SavedLayer(held, input, null, null, List.of(), attended);
    }

    boolean isAway() {
        return input == null;
    }
}
