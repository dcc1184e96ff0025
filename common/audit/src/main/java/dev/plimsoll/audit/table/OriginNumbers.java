package dev.plimsoll.audit.table;

import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;
import java.util.stream.Stream;

/** As {@link OriginMap}, with numbers: the ordinals of millions of samples. */
public final class OriginNumbers {

    private final SortedMap<Integer, LongNumbers> partitions = new TreeMap<>();
    /** The one that was asked for last: the next is mostly of the same. */
    private int lastPartition = -1;

    private LongNumbers last;

    /** {@link LongNumbers#NONE} where there is none. */
    public long get(SampleOrigin origin) {
        LongNumbers offsets = offsets(origin.partition());
        return offsets == null ? LongNumbers.NONE : offsets.get(origin.offset());
    }

    /** Null where there is none. */
    public Long find(SampleOrigin origin) {
        long found = get(origin);
        return found == LongNumbers.NONE ? null : Long.valueOf(found);
    }

    public boolean containsKey(SampleOrigin origin) {
        return get(origin) != LongNumbers.NONE;
    }

    /** Returns what was there before, which stays; {@link LongNumbers#NONE} when nothing was. */
    public long putIfAbsent(SampleOrigin origin, long value) {
        LongNumbers offsets = offsets(origin.partition());
        if (offsets == null) {
            offsets = new LongNumbers();
            partitions.put(origin.partition(), offsets);
        }
        return offsets.putIfAbsent(origin.offset(), value);
    }

    /** Null where there are none. */
    private LongNumbers offsets(int partition) {
        if (last == null || partition != lastPartition) {
            last = partitions.get(partition);
            lastPartition = partition;
        }
        return last;
    }

    /** By partition, and of one in no order. */
    public Stream<SampleOrigin> origins() {
        return partitions.entrySet().stream()
                .flatMap(partition -> partition
                        .getValue()
                        .keys()
                        .mapToObj(offset -> new SampleOrigin(partition.getKey(), offset)));
    }

    public void forEach(ObjLongConsumer<SampleOrigin> each) {
        origins().forEach(origin -> each.accept(origin, get(origin)));
    }
}
