package dev.plimsoll.coordinator.testkit;

import dev.plimsoll.model.memory.Chunks;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;

/**
 * A model for tests whose need is linear in its tokens.
 *
 * @param keptBytes of a token in a layer that is not recomputed
 * @param inputBytes of a token in one that is and is not offloaded; as much again where attention
 *     is kept
 * @param workBytes of a token, once
 */
public record LinearPeaks(int layers, long keptBytes, long inputBytes, long workBytes)
        implements PeakModel {

    public static final LinearPeaks OF_FOUR_LAYERS = new LinearPeaks(4, 10_000, 1_000, 20_000);

    @Override
    public long workBytes(WorkerDevice device, int tokens, MemoryPlan plan) {
        int recomputed = Math.min(layers, plan.recomputeLayers());
        int away = Math.min(recomputed, plan.offloadLayers());
        long once = workBytes / Math.min(8, plan.attentionGroups());
        long left = plan.keepAttention() ? 2 * inputBytes : inputBytes;
        return tokens * (keptBytes * (layers - recomputed) + left * (recomputed - away) + once);
    }

    @Override
    public long workBytes(
            WorkerDevice device, int card, CardPart part, Chunks chunks, MemoryPlan plan) {
        int of = device.cards().get(card).layers();
        int recomputed = Math.min(of, part.recomputeLayers());
        int away = Math.min(recomputed, part.offloadLayers());
        long once = workBytes / Math.min(8, plan.attentionGroups());
        long left = chunks.mostTokens(PeakModel.underWay(device, card));
        return left * (keptBytes * (of - recomputed) + inputBytes * (recomputed - away))
                + chunks.mostTokens() * once;
    }
}
