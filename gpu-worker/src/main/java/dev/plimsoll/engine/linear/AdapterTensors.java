package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.wire.run.Projection;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a flat vector on the device into per-layer windows, in the canonical order of the layout.
 */
public record AdapterTensors(AdapterLayout layout, LinearSizes sizes) {

    /** Per layer the 14 windows of llama.py. */
    public List<TensorList> perLayer(DeviceTensors tensors, HeldScope into, Tensor flat) {
        int perLayer = layout.totalParameters() / layout.config().layers();
        List<TensorList> layers = new ArrayList<>();
        try (HeldScope temporary =
                new HeldScope(tensors.script(), dev.plimsoll.engine.device.Account.NONE)) {
            Tensor shapes =
                    shapes(new DeviceTensors(tensors.script(), DeviceTensors.CPU), temporary);
            for (int layer = 0; layer < layout.config().layers(); layer++) {
                layers.add(tensors.script()
                        .windows(
                                into.scope(),
                                flat,
                                shapes,
                                layer * perLayer,
                                layout.lora().loraRank(),
                                sizes.targetBits()));
            }
        }
        return layers;
    }

    private Tensor shapes(DeviceTensors cpu, HeldScope into) {
        Projection[] projections = Projection.values();
        long[] shapes = new long[2 * projections.length];
        for (Projection p : projections) {
            shapes[2 * p.ordinal()] = layout.config().outFeatures(p);
            shapes[2 * p.ordinal() + 1] = layout.config().inFeatures(p);
        }
        Tensor flat = cpu.integers(into.scope(), shapes, TorchDtype.INT64);
        return cpu.script().asMatrix(into.scope(), flat, projections.length, 2);
    }
}
