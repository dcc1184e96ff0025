package dev.plimsoll.coordinator.planner.source;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The rules of {@link Turns}, looking at all sources for each sample: what it must agree with. */
final class SlowTurns {

    private static final long SAMPLE = Turns.SAMPLE;

    private final TreeMap<String, Integer> weights;
    private final TreeMap<String, Long> due = new TreeMap<>();
    private long sum;

    /**
     * @param weights of the sources that have samples now; at least 1
     * @param due when the next sample of each is due, seen from now; a source that is not named is
     *     due at once. No claim is larger than one sample of its weight, nor is a debt
     */
    SlowTurns(Map<String, Integer> weights, Map<String, Long> due) {
        this.weights = new TreeMap<>(weights);
        this.sum = weights.values().stream().mapToLong(Integer::longValue).sum();
        // who has nothing to give now has no claim from before
        due.forEach((source, at) -> this.due.put(source, Math.max(0, at)));
        weights.forEach((source, weight) -> {
            long one = SAMPLE / weight;
            this.due.put(source, Math.max(-one, Math.min(one, due.getOrDefault(source, 0L))));
        });
    }

    /** Who gives the next sample. There must be a source. */
    String next() {
        waitForTheFirst();
        String chosen = null;
        long least = Long.MAX_VALUE;
        for (Map.Entry<String, Integer> source : weights.entrySet()) {
            long at = due.get(source.getKey());
            long end = at + SAMPLE / source.getValue();
            if (at <= 0 && end < least) {
                chosen = source.getKey();
                least = end;
            }
        }
        due.put(chosen, least);
        pass(SAMPLE / sum);
        return chosen;
    }

    /** Where none is due, the time until one is passes at once. */
    private void waitForTheFirst() {
        long first = weights.keySet().stream().mapToLong(due::get).min().orElseThrow();
        if (first > 0) {
            pass(first);
        }
    }

    private void pass(long time) {
        due.replaceAll(
                (source, at) -> weights.containsKey(source) ? at - time : Math.max(0, at - time));
    }

    /** The source has no more samples. */
    void ends(String source) {
        sum -= weights.remove(source);
        due.computeIfPresent(source, (_, at) -> Math.max(0, at));
    }

    /** When the next sample of each source is due, seen from now; without those due at once. */
    SortedMap<String, Long> due() {
        TreeMap<String, Long> later = new TreeMap<>(due);
        later.values().removeIf(at -> at == 0);
        return Collections.unmodifiableSortedMap(later);
    }
}
