package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.torch.Value;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.wire.Projection;
import java.util.ArrayList;
import java.util.List;

/** Cuts a flat vector on the device into per-layer tensors, in the canonical order of the layout. */
final class AdapterTensors {

    private final AdapterLayout layout;

    AdapterTensors(AdapterLayout layout) {
        this.layout = layout;
    }

    /** Calls a method of llama.py per layer: windows (14 views) or layer_adapter (11 tensors). */
    List<Value> perLayer(String method, DeviceTensors tensors, HeldScope into, Value flat, LlamaWeights weights) {
        int perLayer = layout.totalParameters() / layout.config().layers();
        List<Value> layers = new ArrayList<>();
        for (int layer = 0; layer < layout.config().layers(); layer++) {
            layers.add(tensors.script()
                    .call(
                            into.scope(),
                            method,
                            flat,
                            weights.layers().get(layer),
                            layer * perLayer,
                            layout.lora().loraRank(),
                            targetBits()));
        }
        return layers;
    }

    private int targetBits() {
        int bits = 0;
        int bit = 1;
        for (Projection projection : Projection.values()) {
            bits |= layout.lora().targets().contains(projection) ? bit : 0;
            bit <<= 1;
        }
        return bits;
    }
}
