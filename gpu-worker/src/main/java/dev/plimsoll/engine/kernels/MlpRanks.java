package dev.plimsoll.engine.kernels;

import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.wire.run.Projection;

/** The LoRA rank of each projection of the MLP, 0 where it has no adapter. */
public record MlpRanks(int gate, int up, int down) {

    public static MlpRanks of(LinearSizes sizes) {
        return new MlpRanks(
                rank(sizes, Projection.GATE_PROJ),
                rank(sizes, Projection.UP_PROJ),
                rank(sizes, Projection.DOWN_PROJ));
    }

    private static int rank(LinearSizes sizes, Projection projection) {
        return sizes.lora().targets().contains(projection) ? sizes.lora().loraRank() : 0;
    }

    public int largest() {
        return Math.max(gate, Math.max(up, down));
    }

    /** Of gate and up, whose u lie side by side. */
    public int gateUp() {
        return gate + up;
    }
}
