package dev.plimsoll.model.memory;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.LoraSettings;

/**
 * What a micro-batch needs beyond the memory in use between micro-batches, from the model's shape
 * alone.
 */
public interface PeakModel {

    /** @param tokens of the micro-batch, all of them counting in the loss */
    long workBytes(WorkerDevice device, int tokens, MemoryPlan plan);

    int layers();

    /** The engine's own order of allocations. */
    static PeakModel of(LlamaConfig config, LoraSettings lora) {
        return new PeakModel() {
            @Override
            public long workBytes(WorkerDevice device, int tokens, MemoryPlan plan) {
                LinearSizes linears = LinearSizes.on(device.kind(), config, lora);
                Precision precision = Precision.computing(device.kind(), device.precision());
                return new PeakForecast(new ActivationSizes(linears, precision))
                        .workBytes(tokens, tokens, plan);
            }

            @Override
            public int layers() {
                return config.layers();
            }
        };
    }
}
