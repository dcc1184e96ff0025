package dev.plimsoll.audit;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Checks that epochs follow one another: no sample is trained for the next time while another one
 * still has to be trained for this time. A count alone would not notice that one epoch trained a
 * sample twice and the next one left it out.
 */
final class EpochOrder {

    private final Map<Long, Integer> times = new HashMap<>();
    /** The number of ordinals by how often they have been trained. */
    private final TreeMap<Integer, Integer> ordinalsByTimes = new TreeMap<>();

    /** @param ordinals that are trained in every epoch */
    EpochOrder(Collection<Long> ordinals) {
        ordinals.forEach(ordinal -> times.put(ordinal, 0));
        ordinalsByTimes.put(0, times.size());
    }

    /**
     * Takes the ordinals of the next version and returns those that were not due yet. Ordinals that
     * were not given to the constructor are ignored.
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
