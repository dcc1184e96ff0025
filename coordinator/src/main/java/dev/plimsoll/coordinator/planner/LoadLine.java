package dev.plimsoll.coordinator.planner;

import dev.plimsoll.wire.MemoryPlan;

/** How deep a worker may be loaded now. */
@FunctionalInterface
public interface LoadLine {
    /** The line as journaled: the run's ceiling, halved by every out of memory. */
    LoadLine JOURNALED = (worker, plan) -> worker.maxTokens();

    /** The most tokens of a packed micro-batch under the plan; a longer single sequence still goes alone. */
    int maxTokens(Worker worker, MemoryPlan plan);
}
