package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.List;

/**
 * The last micro-batches under one memory plan.
 *
 * @param cost of a token before anything is measured, 1 under the roomiest plan
 * @param latest at most {@link #WINDOW}, the latest last
 */
public record PlanTimings(MemoryPlan plan, double cost, List<Timing> latest) {

    static final int WINDOW = 12;

    public PlanTimings {
        latest = List.copyOf(latest);
    }

    PlanTimings with(Timing timing) {
        int first = Math.max(0, latest.size() + 1 - WINDOW);
        int kept = latest.size() - first;
        Timing[] with = latest.subList(first, latest.size()).toArray(new Timing[kept + 1]);
        with[kept] = timing;
        return new PlanTimings(plan, cost, List.of(with));
    }
}
