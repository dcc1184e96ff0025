package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The places in {@code samples} whose samples were admitted: a sequence that is written again has
 * one of them. Ingest takes each partition in order, so they are few stretches: what lies between
 * was rejected, or is a part of a sample. Of the oldest of many stretches the gaps are forgotten,
 * and count as admitted. Immutable.
 */
final class Origins {

    /** Of a partition. */
    static final int STRETCHES = 64;

    /** Both inclusive. */
    private record Stretch(long from, long to) {}

    private final SortedMap<Integer, List<Stretch>> stretches;

    private Origins(SortedMap<Integer, List<Stretch>> stretches) {
        this.stretches = stretches;
    }

    static Origins none() {
        return new Origins(Collections.emptySortedMap());
    }

    boolean contains(SampleOrigin origin) {
        return stretches.getOrDefault(origin.partition(), List.of()).stream()
                .anyMatch(is -> is.from() <= origin.offset() && origin.offset() <= is.to());
    }

    Origins plus(SampleOrigin origin) {
        if (contains(origin)) {
            return this;
        }
        List<Stretch> merged = new ArrayList<>();
        Stretch added = new Stretch(origin.offset(), origin.offset());
        for (Stretch is : stretches.getOrDefault(origin.partition(), List.of())) {
            if (is.to() < added.from() - 1) {
                merged.add(is);
            } else if (is.from() > added.to() + 1) {
                merged.add(added);
                added = is;
            } else {
                added = new Stretch(
                        Math.min(is.from(), added.from()), Math.max(is.to(), added.to()));
            }
        }
        merged.add(added);
        if (merged.size() > STRETCHES) {
            merged.set(1, new Stretch(merged.get(0).from(), merged.get(1).to()));
            merged.removeFirst();
        }
        SortedMap<Integer, List<Stretch>> all = new TreeMap<>(stretches);
        all.put(origin.partition(), List.copyOf(merged));
        return new Origins(all);
    }

    @JsonValue
    SortedMap<Integer, List<Long>> toJson() {
        SortedMap<Integer, List<Long>> bounds = new TreeMap<>();
        stretches.forEach((partition, list) -> {
            List<Long> flat = new ArrayList<>();
            list.forEach(is -> {
                flat.add(is.from());
                flat.add(is.to());
            });
            bounds.put(partition, flat);
        });
        return bounds;
    }

    @JsonCreator
    static Origins fromJson(SortedMap<Integer, List<Long>> bounds) {
        SortedMap<Integer, List<Stretch>> all = new TreeMap<>();
        bounds.forEach((partition, flat) -> {
            List<Stretch> list = new ArrayList<>();
            for (int i = 0; i + 1 < flat.size(); i += 2) {
                list.add(new Stretch(flat.get(i), flat.get(i + 1)));
            }
            all.put(partition, List.copyOf(list));
        });
        return new Origins(all);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Origins that && stretches.equals(that.stretches);
    }

    @Override
    public int hashCode() {
        return stretches.hashCode();
    }
}
