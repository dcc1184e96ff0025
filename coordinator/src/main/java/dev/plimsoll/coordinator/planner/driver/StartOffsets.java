package dev.plimsoll.coordinator.planner.driver;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where each partition began and ended when the process started, by the partition's name.
 *
 * @param ends no lease expires before everything before them is read
 */
public record StartOffsets(SortedMap<String, Long> beginnings, SortedMap<String, Long> ends) {
    public StartOffsets {
        beginnings = new TreeMap<>(beginnings);
        ends = new TreeMap<>(ends);
        if (!beginnings.keySet().equals(ends.keySet())) {
            throw new IllegalArgumentException(
                    "beginnings are of " + beginnings.keySet() + ", ends of " + ends.keySet());
        }
    }
}
