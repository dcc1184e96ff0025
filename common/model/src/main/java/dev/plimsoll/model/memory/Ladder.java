package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Memory plans from the fastest to the leanest, as far as can be said before measuring. */
final class Ladder {

    /**
     * A plan and what a token costs under it.
     *
     * @param cost of a token, 1 under the roomiest plan: as one H100 showed it for Llama-8B. Their
     *     order is what matters; {@link SpeedForecast} learns the card's own.
     * @param attention what a square costs in attention, in parts of that: 1 where attention is
     *     recomputed as the rest is, 1 / cost where it is never recomputed
     */
    record Rung(MemoryPlan plan, double cost, double attention) {

        static Rung recomputing(MemoryPlan plan, double cost) {
            return new Rung(plan, cost, 1);
        }

        static Rung keepingAttention(MemoryPlan plan, double cost) {
            return new Rung(plan.withKeepAttention(true), cost, 1 / cost);
        }
    }

    /** More layers are recomputed, or offloaded, in so many steps each. */
    private static final int STEPS = 8;

    /** Of those, at which there is a plan that keeps attention, too. */
    private static final Set<Integer> KEEPING_OF_RECOMPUTED = Set.of(4, 6, 8);

    private static final Set<Integer> KEEPING_OF_OFFLOADED = Set.of(4, 8);

    private static final int CHUNK = 1024;
    /** Rows of the MLP where little memory is left for few tokens. */
    private static final int TILE = 2048;

    static final double RECOMPUTED = 0.32;
    static final double OFFLOADED = 0.09;

    private Ladder() {}

    /** Leaner than all others. */
    static final MemoryPlan FULLEST =
            new MemoryPlan(MemoryPlan.ALL_LAYERS, 256, 1024, MemoryPlan.ALL_LAYERS, 64);

    /**
     * A plan that keeps attention comes before the one that does not and is like it otherwise: it
     * needs more memory, and most of what the plan before needs.
     */
    static List<Rung> of(int layers) {
        List<Rung> ladder = new ArrayList<>();
        int all = MemoryPlan.ALL_LAYERS;
        for (int step : steps(layers)) {
            int recomputed = layers(step, layers);
            MemoryPlan plan = new MemoryPlan(recomputed, CHUNK, 0);
            double cost = 1 + RECOMPUTED * recomputed / layers;
            if (KEEPING_OF_RECOMPUTED.contains(step)) {
                ladder.add(Rung.keepingAttention(plan, cost));
            }
            ladder.add(Rung.recomputing(plan, cost));
        }
        for (int step : steps(layers)) {
            int offloaded = layers(step, layers);
            if (offloaded == 0) {
                continue;
            }
            MemoryPlan plan =
                    new MemoryPlan(all, CHUNK, 0, offloaded == layers ? all : offloaded, 1);
            double away = OFFLOADED * offloaded / layers;
            if (KEEPING_OF_OFFLOADED.contains(step)) {
                ladder.add(Rung.keepingAttention(plan, 1 + RECOMPUTED + 2 * away));
            }
            ladder.add(Rung.recomputing(plan, 1 + RECOMPUTED + away));
        }
        ladder.add(Rung.recomputing(new MemoryPlan(all, CHUNK, TILE, all, 1), 1.45));
        ladder.add(Rung.recomputing(new MemoryPlan(all, CHUNK, TILE, all, 2), 1.6));
        ladder.add(Rung.recomputing(new MemoryPlan(all, CHUNK, TILE, all, 4), 1.7));
        ladder.add(Rung.recomputing(FULLEST, 2));
        return List.copyOf(ladder);
    }

    /** From none to all layers, each number of them once: the last step that gives it. */
    private static List<Integer> steps(int layers) {
        List<Integer> steps = new ArrayList<>();
        for (int step = 0; step <= STEPS; step++) {
            if (step == STEPS || layers(step + 1, layers) > layers(step, layers)) {
                steps.add(step);
            }
        }
        return steps;
    }

    private static int layers(int step, int of) {
        return Math.ceilDiv(of * step, STEPS);
    }
}
