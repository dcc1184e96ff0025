package dev.plimsoll.audit;

import dev.plimsoll.audit.table.LongNumbers;
import dev.plimsoll.audit.table.OriginNumbers;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Sequences that topic {@code tokenized} has more than once of one sample. */
final class OriginAccounts {

    private final Map<SampleOrigin, List<Long>> again = new HashMap<>();

    /** The first one is known elsewhere. */
    void again(SampleOrigin origin, long ordinal) {
        again.computeIfAbsent(origin, _ -> new ArrayList<>(1)).add(ordinal);
    }

    /** How often those were trained. */
    long trained(SampleOrigin origin, LongNumbers trained) {
        return again.getOrDefault(origin, List.of()).stream()
                .mapToLong(trained::count)
                .sum();
    }

    /** How many were not trained: they did no harm. */
    long idle(LongNumbers trained) {
        return again.values().stream()
                .flatMap(List::stream)
                .filter(ordinal -> !trained.containsKey(ordinal))
                .count();
    }

    /** @param first the ordinal that each sample has first */
    void unknown(LongStream trained, OriginNumbers first, Findings findings) {
        LongNumbers known = new LongNumbers();
        first.forEach((_, ordinal) -> known.put(ordinal, 1));
        again.values().forEach(more -> more.forEach(ordinal -> known.put(ordinal, 1)));
        trained.filter(ordinal -> !known.containsKey(ordinal))
                .sorted()
                .forEach(ordinal -> findings.add("ordinal " + ordinal
                        + " was trained, and topic tokenized has no sequence there"));
    }

    boolean isOne(SampleOrigin origin, long ordinal) {
        return again.getOrDefault(origin, List.of()).contains(ordinal);
    }
}
