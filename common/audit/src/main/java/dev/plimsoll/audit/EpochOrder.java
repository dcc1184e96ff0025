package dev.plimsoll.audit;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether epochs follow one another: nobody is trained for the next time while another still awaits
 * its turn. A count alone would let a sample that one epoch took twice pass for one that the next
 * left out.
 */
final class EpochOrder {

    private final Map<Long, Integer> times = new HashMap<>();
    /** How many ordinals have been trained so many times. */
    private final TreeMap<Integer, Integer> ordinalsByTimes = new TreeMap<>();

    /** @param ordinals that are trained in every epoch */
    EpochOrder(Collection<Long> ordinals) {
        ordinals.forEach(ordinal -> times.put(ordinal, 0));
        ordinalsByTimes.put(0, times.size());
    }

    /**
     * Takes the next version, and says which of its ordinals were not due yet; others than the
     * given are not looked at.
     */
    List<Long> early(Collection<Long> version) {
        List<Long> known = version.stream().filter(times::containsKey).toList();
        int epoch = ordinalsByTimes.firstKey();
        List<Long> early =
                known.stream().filter(ordinal -> times.get(ordinal) > epoch).toList();
        known.forEach(this::train);
        return early;
    }

    private void train(long ordinal) {
        int now = times.merge(ordinal, 1, Integer::sum);
        ordinalsByTimes.computeIfPresent(
                now - 1, (_, ordinals) -> ordinals == 1 ? null : ordinals - 1);
        ordinalsByTimes.merge(now, 1, Integer::sum);
    }
}
