package dev.plimsoll.simulation;

import dev.plimsoll.model.memory.Chunks;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;

/**
 * A model whose need is linear in its tokens: 60 kB a token with nothing recomputed. What attention
 * leaves is as large as an input.
 */
final class SimPeaks implements PeakModel {
    private static final long KEPT_BYTES = 10_000;
    private static final long INPUT_BYTES = 1_000;
    private static final long WORK_BYTES = 20_000;

    @Override
    public int layers() {
        return 4;
    }

    @Override
    public long workBytes(WorkerDevice device, int tokens, MemoryPlan plan) {
        int recomputed = Math.min(layers(), plan.recomputeLayers());
        int away = Math.min(recomputed, plan.offloadLayers());
        long once = WORK_BYTES / Math.min(8, plan.attentionGroups());
        long left = plan.keepAttention() ? 2 * INPUT_BYTES : INPUT_BYTES;
        return tokens * (KEPT_BYTES * (layers() - recomputed) + left * (recomputed - away) + once);
    }

    @Override
    public long workBytes(
            WorkerDevice device, int card, CardPart part, Chunks chunks, MemoryPlan plan) {
        int of = device.cards().get(card).layers();
        int recomputed = Math.min(of, part.recomputeLayers());
        int away = Math.min(recomputed, part.offloadLayers());
        long once = WORK_BYTES / Math.min(8, plan.attentionGroups());
        long left = chunks.mostTokens(PeakModel.underWay(device, card));
        return left * (KEPT_BYTES * (of - recomputed) + INPUT_BYTES * (recomputed - away))
                + chunks.mostTokens() * once;
    }
}
