package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.ArrayList;
import java.util.List;

/** Memory plans from the fastest to the leanest, as far as can be said before measuring. */
final class Ladder {

    /**
     * A plan and what a token costs under it.
     *
     * @param cost of a token, 1 under the roomiest plan: as one H100 showed it for Llama-8B. Their
     *     order is what matters; {@link SpeedForecast} learns the card's own.
     */
    record Rung(MemoryPlan plan, double cost) {}

    /** More layers are recomputed, or offloaded, in so many steps each. */
    private static final int STEPS = 8;

    private static final int CHUNK = 1024;
    private static final int TILE = 2048;
    static final double RECOMPUTED = 0.32;
    private static final double TILED = 1.36;
    static final double OFFLOADED = 0.09;

    private Ladder() {}

    /** Leaner than all others. */
    static final MemoryPlan FULLEST =
            new MemoryPlan(MemoryPlan.ALL_LAYERS, 256, 1024, MemoryPlan.ALL_LAYERS, 64);

    static List<Rung> of(int layers) {
        List<Rung> ladder = new ArrayList<>();
        int all = MemoryPlan.ALL_LAYERS;
        for (int recomputed : steps(layers)) {
            ladder.add(new Rung(
                    new MemoryPlan(recomputed, CHUNK, 0), 1 + RECOMPUTED * recomputed / layers));
        }
        for (int offloaded : steps(layers)) {
            int away = offloaded == layers ? all : offloaded;
            ladder.add(new Rung(
                    new MemoryPlan(all, CHUNK, TILE, away, 1),
                    TILED + OFFLOADED * offloaded / layers));
        }
        ladder.add(new Rung(new MemoryPlan(all, CHUNK, TILE, all, 2), 1.6));
        ladder.add(new Rung(new MemoryPlan(all, CHUNK, TILE, all, 4), 1.7));
        ladder.add(new Rung(FULLEST, 2));
        return List.copyOf(ladder);
    }

    /** From none to all layers, each number once. */
    private static List<Integer> steps(int layers) {
        List<Integer> steps = new ArrayList<>();
        int last = -1;
        for (int step = 0; step <= STEPS; step++) {
            int next = Math.ceilDiv(layers * step, STEPS);
            if (next > last) {
                steps.add(next);
                last = next;
            }
        }
        return steps;
    }
}
