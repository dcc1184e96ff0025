package dev.plimsoll.model.memory;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.protocol.CardPart;
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

    /**
     * The same on one of several cards.
     *
     * @param card counted from 0
     * @param part what the plan says of its layers
     */
    long workBytes(WorkerDevice device, int card, CardPart part, Chunks chunks, MemoryPlan plan);

    int layers();

    /** What the loss head computes, in layers. */
    default double headLayers() {
        return 0;
    }

    /**
     * Between its forward and its backward pass on that card, the one in work among them: of S
     * cards, the s-th from 0 has at most S − s chunks (one forward, one backward).
     */
    static int underWay(WorkerDevice device, int card) {
        return device.cards().size() - card;
    }

    /** The engine's own order of allocations. */
    static PeakModel of(LlamaConfig config, LoraSettings lora) {
        return new PeakModel() {
            @Override
            public long workBytes(WorkerDevice device, int tokens, MemoryPlan plan) {
                return forecast(device).workBytes(tokens, tokens, plan);
            }

            @Override
            public long workBytes(
                    WorkerDevice device, int card, CardPart part, Chunks chunks, MemoryPlan plan) {
                return forecast(device)
                        .workBytes(
                                device.cards().get(card),
                                part,
                                underWay(device, card),
                                chunks,
                                plan);
            }

            private PeakForecast forecast(WorkerDevice device) {
                LinearSizes linears = LinearSizes.on(device.kind(), config, lora);
                Precision precision = Precision.computing(device.kind(), device.precision());
                return new PeakForecast(new ActivationSizes(linears, precision));
            }

            @Override
            public int layers() {
                return config.layers();
            }

            /** By the weights that a token is multiplied with. */
            @Override
            public double headLayers() {
                double h = config.hiddenSize();
                double queries = (double) config.attentionHeads() * config.headDim();
                double keysAndValues = 2.0 * config.keyValueHeads() * config.headDim();
                double layer = h * (2 * queries + keysAndValues + 3.0 * config.intermediateSize());
                return h * config.vocabSize() / layer;
            }
        };
    }
}
