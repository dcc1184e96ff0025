package dev.plimsoll.coordinator.planner;

import dev.plimsoll.wire.MemoryPlan;

/** The two memory plans until a learned line chooses between them: the fast one, and the last resort. */
public final class MemoryPlans {
    /** Nothing is recomputed. */
    public static final MemoryPlan ROOMY = new MemoryPlan(0, 1024, 0);

    /** Every layer is recomputed and the head goes in small chunks. */
    public static final MemoryPlan FULLEST = new MemoryPlan(MemoryPlan.ALL_LAYERS, 256, 0);

    private MemoryPlans() {}
}
