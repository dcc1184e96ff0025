package dev.plimsoll.audit.table;

import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** A map for the origins of millions of samples: a table of offsets for each partition. */
public final class OriginMap<V> {

    private final SortedMap<Integer, LongMap<V>> partitions = new TreeMap<>();

    /** Null where there is none. */
    public V get(SampleOrigin origin) {
        LongMap<V> offsets = partitions.get(origin.partition());
        return offsets == null ? null : offsets.get(origin.offset());
    }

    public boolean containsKey(SampleOrigin origin) {
        return get(origin) != null;
    }

    public void put(SampleOrigin origin, V value) {
        offsets(origin).put(origin.offset(), value);
    }

    /** Returns what was there before, which stays; null when nothing was. */
    public V putIfAbsent(SampleOrigin origin, V value) {
        return offsets(origin).putIfAbsent(origin.offset(), value);
    }

    /** By partition, and of one in no order. */
    public Stream<SampleOrigin> origins() {
        return partitions.entrySet().stream()
                .flatMap(partition -> partition
                        .getValue()
                        .keys()
                        .mapToObj(offset -> new SampleOrigin(partition.getKey(), offset)));
    }

    public void forEach(BiConsumer<SampleOrigin, V> each) {
        origins().forEach(origin -> each.accept(origin, get(origin)));
    }

    private LongMap<V> offsets(SampleOrigin origin) {
        return partitions.computeIfAbsent(origin.partition(), _ -> new LongMap<>());
    }
}
