package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.wire.sample.SampleChunk;
import dev.plimsoll.wire.sample.SubmittedSample;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The samples of one partition of which parts are still to come: a function of the partition's
 * records from {@link #openFrom} on and of nothing else, so that a restart that reads them again
 * has the same. Equal parts are the same, whoever sent them: a submitter that died in the middle
 * and begins again continues what is there, and two that submit the same sample at once make one.
 * Protocol rule 14, decision 0110.
 *
 * <p>Bounded: when all parts together are over {@link #MOST_BYTES}, or samples over
 * {@link #MOST_OPEN}, the sample that began first is given up. So is one of which no part has come
 * for {@link #PATIENCE} records of the partition.
 */
final class Assemblies {

    static final long MOST_BYTES = SubmittedSample.MAX_BYTES;
    static final int MOST_OPEN = 64;
    static final long PATIENCE = 100_000;

    /** What a part leads to. */
    sealed interface Step {
        /** It is kept, or it is there already, or its sample is rejected already. */
        record Kept() implements Step {}

        /** With it the sample is complete; {@code bytes} are all of it. */
        record Complete(byte[] bytes) implements Step {}

        /** Parts before it are missing. */
        record Missing(String note) implements Step {}
    }

    private static final Step KEPT = new Step.Kept();

    /** Which was begun first comes first. */
    private final Map<Assembly.Key, Assembly> open;

    private long readTo;

    Assemblies(long readTo) {
        this.open = new LinkedHashMap<>();
        this.readTo = readTo;
    }

    private Assemblies(Assemblies other) {
        this.open = new LinkedHashMap<>(other.open);
        this.readTo = other.readTo;
    }

    Assemblies copy() {
        return new Assemblies(this);
    }

    /** The offset behind the last record that is taken account of. */
    long readTo() {
        return readTo;
    }

    /** The offset from which a restart must read to have the same parts. */
    long openFrom() {
        return open.values().stream().mapToLong(Assembly::first).min().orElse(readTo);
    }

    /**
     * Goes on to a record, a part or not.
     *
     * @return the samples that are given up because nothing came for too long
     */
    List<Assembly> advance(long offset) {
        readTo = offset + 1;
        if (open.isEmpty()) {
            return List.of();
        }
        return remove(open.values().stream()
                .filter(one -> offset - one.last() > PATIENCE)
                .toList());
    }

    /** Takes the part at the offset. */
    Step take(long offset, Assembly.Key key, SampleChunk chunk, byte[] part) {
        Assembly before = open.get(key);
        boolean begins = chunk.index() == 0 && (before == null || before.broken());
        if (begins) {
            open.remove(key);
            open.put(key, Assembly.of(key, offset, part));
            return KEPT;
        }
        if (before == null) {
            Assembly broken = Assembly.broken(key, offset);
            keep(broken, chunk);
            return missing(broken, chunk);
        }
        if (before.broken() || chunk.index() < before.next()) {
            keep(before.seenAt(offset), chunk);
            return KEPT;
        }
        if (chunk.index() > before.next()) {
            keep(before.brokenAt(offset), chunk);
            return missing(before, chunk);
        }
        Assembly more = before.with(offset, part);
        if (!chunk.last()) {
            open.put(key, more);
            return KEPT;
        }
        open.remove(key);
        return new Step.Complete(more.whole());
    }

    /** Nothing follows the last part of a sample that is rejected already. */
    private void keep(Assembly assembly, SampleChunk chunk) {
        if (assembly.broken() && chunk.last()) {
            open.remove(assembly.key());
        } else {
            open.put(assembly.key(), assembly);
        }
    }

    private static Step missing(Assembly before, SampleChunk chunk) {
        return new Step.Missing("part " + (chunk.index() + 1) + " of " + chunk.count()
                + " came, and part " + (before.next() + 1) + " before it did not; submit the "
                + "sample again");
    }

    /** The samples that are given up because there are too many. */
    List<Assembly> overflow() {
        List<Assembly> given = new ArrayList<>();
        long bytes = open.values().stream().mapToLong(Assembly::bytes).sum();
        int count = open.size();
        for (Assembly one : open.values()) {
            if (count > MOST_OPEN || (bytes > MOST_BYTES && !one.broken())) {
                given.add(one);
                bytes -= one.bytes();
                count--;
            }
        }
        return remove(given);
    }

    /** Leaves out those that are rejected already. */
    private List<Assembly> remove(Collection<Assembly> given) {
        given.forEach(one -> open.remove(one.key()));
        return given.stream().filter(one -> !one.broken()).toList();
    }
}
