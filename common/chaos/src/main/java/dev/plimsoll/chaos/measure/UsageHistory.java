package dev.plimsoll.chaos.measure;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A quantity of several things over time, and what it was when 10 %, 50 % and 100 % of the time had
 * passed. Pure.
 */
public final class UsageHistory {

    private static final List<Integer> PERCENTS = List.of(10, 50, 100);

    private final Map<String, TreeMap<Long, Long>> byName = new TreeMap<>();

    public void add(String name, long atMillis, long value) {
        byName.computeIfAbsent(name, _ -> new TreeMap<>()).put(atMillis, value);
    }

    /**
     * By name, the last value at or before each of the three moments, or -1, and the highest of
     * all.
     */
    public SortedMap<String, List<Long>> at(long beginMillis, long endMillis) {
        SortedMap<String, List<Long>> found = new TreeMap<>();
        byName.forEach((name, values) -> {
            List<Long> row = new java.util.ArrayList<>();
            for (int percent : PERCENTS) {
                var entry =
                        values.floorEntry(beginMillis + (endMillis - beginMillis) * percent / 100);
                row.add(entry == null ? -1 : entry.getValue());
            }
            row.add(values.values().stream().mapToLong(Long::longValue).max().orElse(-1));
            found.put(name, List.copyOf(row));
        });
        return found;
    }
}
