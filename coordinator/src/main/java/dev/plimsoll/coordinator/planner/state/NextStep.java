package dev.plimsoll.coordinator.planner.state;

import java.util.List;
import java.util.SortedMap;

/**
 * What the next step takes of what waits now.
 *
 * @param turns as in {@code StepOpened}
 * @param isFull whether there is enough
 */
public record NextStep(List<Long> ordinals, SortedMap<String, Long> turns, boolean isFull) {
    public NextStep {
        ordinals = List.copyOf(ordinals);
    }
}
