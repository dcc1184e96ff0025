package dev.plimsoll.audit;

import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Records that topic {@code samples} does not have any more. */
final class GoneRecords {

    private final Map<Integer, Long> goneBefore = new TreeMap<>();

    void before(int partition, long beforeOffset) {
        if (beforeOffset > 0) {
            goneBefore.put(partition, beforeOffset);
        }
    }

    /** Counts the offsets that retention deleted before ingest read them. */
    long unread(Predicate<SampleOrigin> isDealtWith, List<String> findings) {
        long unread = 0;
        for (Map.Entry<Integer, Long> gone : goneBefore.entrySet()) {
            for (long offset = 0; offset < gone.getValue(); offset++) {
                unread += isDealtWith.test(new SampleOrigin(gone.getKey(), offset)) ? 0 : 1;
            }
        }
        if (unread > 0) {
            findings.add(
                    unread + " samples left the topic before they were read; raise its retention");
        }
        return unread;
    }
}
