package dev.plimsoll.coordinator.planner.source;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whose turn it is, sample by sample, so that sources are trained in the proportion of their
 * weights. At every moment a source has had within one sample of its share since it last began to
 * wait beside the same others with the same weights, and within two since any moment of that time.
 * A source that had nothing to give for a while does not catch up. Decisions 0116 and 0143.
 *
 * <p>It is WF²Q+ for packets of one length (Bennett and Zhang, Hierarchical Packet Fair Queueing,
 * 1997). A sample of a source of weight w takes {@link #SAMPLE}/w; of those that are due, the one
 * is taken that would end first. Integers only. A sample costs the logarithm of the number of
 * sources: those that are due wait in the order in which they would end, the others in the order in
 * which they will be due.
 */
final class Turns {

    /** Between two samples of a source of weight 1. */
    static final long SAMPLE = 1L << 48;

    /** Times are made small again when it is later than this, long before they overflow. */
    private static final long LATE = 1L << 60;

    private static final Comparator<Source> BY_NAME = Comparator.comparing(source -> source.name);

    private final Map<String, Source> active = new HashMap<>();
    /** When a source that has no samples now is due. */
    private final Map<String, Long> absent = new HashMap<>();

    private final PriorityQueue<Source> dueNow =
            new PriorityQueue<>(Comparator.comparingLong(Source::end).thenComparing(BY_NAME));
    private final PriorityQueue<Source> dueLater = new PriorityQueue<>(
            Comparator.comparingLong((Source source) -> source.due).thenComparing(BY_NAME));
    private long now;
    private long sum;

    /** A source that has samples; its place in a queue is by {@code due}. */
    private static final class Source {
        private final String name;
        private final int weight;
        private long due;

        Source(String name, int weight, long due) {
            this.name = name;
            this.weight = weight;
            this.due = due;
        }

        long end() {
            return due + SAMPLE / weight;
        }
    }

    /**
     * @param weights of the sources that have samples now; at least 1
     * @param due when the next sample of each is due, seen from now; a source that is not named is
     *     due at once. Times are from the weights of before, and a weight may have been changed
     *     since. So nobody waits for longer than one sample of its weight takes, and nobody has
     *     waited for longer than that: who was given a higher weight neither waits as long as the
     *     lower one asked for, nor gets all the samples that the higher one would have had in the
     *     time that the lower one made it wait.
     */
    Turns(Map<String, Integer> weights, Map<String, Long> due) {
        weights.forEach((name, weight) -> {
            long longest = SAMPLE / weight;
            long at = Math.clamp(due.getOrDefault(name, 0L), -longest, longest);
            Source source = new Source(name, weight, at);
            active.put(name, source);
            dueLater.add(source);
            sum += weight;
        });
        // who has nothing to give now has no claim from before
        due.forEach((name, at) -> {
            if (!weights.containsKey(name)) {
                absent.put(name, Math.max(0, at));
            }
        });
    }

    /** Who gives the next sample. There must be a source. */
    String next() {
        bringDue();
        if (dueNow.isEmpty()) {
            // where none is due, the time until one is passes at once
            now = dueLater.element().due;
            bringDue();
        }
        Source chosen = dueNow.remove();
        chosen.due = chosen.end();
        dueLater.add(chosen);
        now += SAMPLE / sum;
        if (now > LATE) {
            beginAnew();
        }
        return chosen.name;
    }

    private void bringDue() {
        while (!dueLater.isEmpty() && dueLater.element().due <= now) {
            dueNow.add(dueLater.remove());
        }
    }

    /** All times are seen from now; the queues' orders stay. */
    private void beginAnew() {
        active.values().forEach(source -> source.due -= now);
        absent.replaceAll((_, at) -> Math.max(0, at - now));
        now = 0;
    }

    /** The source has no more samples. */
    void ends(String name) {
        Source source = active.remove(name);
        // there are at most 64 sources, and each ends once
        dueNow.remove(source);
        dueLater.remove(source);
        sum -= source.weight;
        absent.put(name, Math.max(now, source.due));
    }

    /** When the next sample of each source is due, seen from now; without those due at once. */
    SortedMap<String, Long> due() {
        SortedMap<String, Long> later = new TreeMap<>();
        active.forEach((name, source) -> later.put(name, source.due - now));
        absent.forEach((name, at) -> later.put(name, Math.max(0, at - now)));
        later.values().removeIf(at -> at == 0);
        return Collections.unmodifiableSortedMap(later);
    }
}
