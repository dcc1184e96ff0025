package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.SplittableRandom;

/**
 * A pretended card of an 8B model whose times are known: time = cost(plan) · max(least, fixed +
 * pace · tokens + square · squares), in microseconds, with noise. Where a plan keeps attention,
 * recomputing costs nothing of the squares, and offloading twice as much.
 *
 * @param least what the host takes to launch a micro-batch, however small
 * @param recomputed what recomputing all 32 layers adds to the cost; so does each of the next
 * @param tiled tiles in the MLP
 * @param offloaded offloading all layers
 * @param grouped heads in groups
 */
record PlantedCard(
        double least,
        double fixed,
        double pace,
        double square,
        double recomputed,
        double tiled,
        double offloaded,
        double grouped,
        double noise) {

    static final int LAYERS = 32;

    /**
     * As a run of 2026-11-28 on an H100 showed them: 16,400 tokens/s in 1,490 tokens without
     * recompute, 13,900 in 9,800 with all of it, 3.3 s for 27,000 tokens in one sequence under the
     * fullest plan.
     */
    static final PlantedCard H100 =
            new PlantedCard(0, 5_000, 56.6, 0.0015, 0.24, 0.005, 0.007, 0.005, 0.01);

    double cost(MemoryPlan plan) {
        double away = offloaded * Math.min(LAYERS, plan.offloadLayers()) / LAYERS;
        return 1
                + recompute(plan)
                + (plan.mlpTileTokens() > 0 ? tiled : 0)
                + (plan.keepAttention() ? 2 : 1) * away
                + (plan.attentionGroups() > 1 ? grouped : 0);
    }

    private double recompute(MemoryPlan plan) {
        return recomputed * Math.min(LAYERS, plan.recomputeLayers()) / LAYERS;
    }

    /** Without noise. */
    double micros(MemoryPlan plan, Lengths lengths) {
        double shape = fixed + pace * lengths.tokens() + square * lengths.squares();
        double saved = plan.keepAttention() ? recompute(plan) * square * lengths.squares() : 0;
        return cost(plan) * Math.max(least, shape) - saved;
    }

    long measured(MemoryPlan plan, Lengths lengths, SplittableRandom random) {
        return Math.round(micros(plan, lengths) * (1 + noise * random.nextGaussian()));
    }
}
