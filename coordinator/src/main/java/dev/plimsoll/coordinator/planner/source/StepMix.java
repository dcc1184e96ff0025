package dev.plimsoll.coordinator.planner.source;

import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The order in which steps take what waits: by the sources' weights, or by the epoch's order alone
 * while no source has one. Within a source it is the epoch's order in either case.
 *
 * @param <T> what waits
 */
public final class StepMix<T> implements Iterator<T> {

    private final Map<String, Line<T>> lines = new TreeMap<>();
    private final Optional<Turns> turns;
    private final PriorityQueue<Line<T>> byRank;

    /** What waits of one source, and the first of it, which is taken out already. */
    private static final class Line<T> {
        private final String source;
        private final Iterator<Map.Entry<Long, T>> rest;
        private Map.Entry<Long, T> first;

        Line(String source, Iterator<Map.Entry<Long, T>> rest) {
            this.source = source;
            this.rest = rest;
            this.first = rest.next();
        }

        long rank() {
            return first.getKey();
        }

        /** Whether there is another one behind the first. */
        boolean moveOn() {
            boolean more = rest.hasNext();
            first = more ? rest.next() : first;
            return more;
        }
    }

    /** @param waiting by source and place in the epoch's order; only what active sources have */
    public StepMix(Sources sources, Map<String, ? extends SortedMap<Long, T>> waiting) {
        waiting.forEach((source, samples) -> {
            if (!samples.isEmpty()) {
                lines.put(source, new Line<>(source, samples.entrySet().iterator()));
            }
        });
        if (sources.isWeighed()) {
            Map<String, Integer> weights = new TreeMap<>();
            lines.keySet().forEach(source -> weights.put(source, sources.share(source)));
            turns = Optional.of(new Turns(weights, sources.turns()));
            byRank = new PriorityQueue<>();
        } else {
            turns = Optional.empty();
            byRank = new PriorityQueue<>(Comparator.comparingLong((Line<T> line) -> line.rank()));
            byRank.addAll(lines.values());
        }
    }

    @Override
    public boolean hasNext() {
        return !lines.isEmpty();
    }

    @Override
    public T next() {
        if (lines.isEmpty()) {
            throw new NoSuchElementException("nothing waits");
        }
        return turns.map(this::nextByWeight).orElseGet(this::nextByRank);
    }

    private T nextByRank() {
        Line<T> line = byRank.poll();
        T taken = line.first.getValue();
        if (line.moveOn()) {
            byRank.add(line);
        } else {
            lines.remove(line.source);
        }
        return taken;
    }

    private T nextByWeight(Turns whose) {
        Line<T> line = lines.get(whose.next());
        T taken = line.first.getValue();
        if (!line.moveOn()) {
            whose.ends(line.source);
            lines.remove(line.source);
        }
        return taken;
    }

    /** As in {@code StepOpened}, after what was taken; empty while no source has a weight. */
    public SortedMap<String, Long> turns() {
        return turns.map(Turns::due).orElseGet(Collections::emptySortedMap);
    }
}
