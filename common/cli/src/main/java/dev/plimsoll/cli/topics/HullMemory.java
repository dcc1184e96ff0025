package dev.plimsoll.cli.topics;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Telemetry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What people are told of the workers' memory, folded from journal and telemetry. A hull is a
 * worker, or one of its several cards. Telemetry may be lost, and may come before or after the step
 * that it belongs to.
 */
final class HullMemory {

    private static final long MIB = 1024 * 1024;
    private static final int MAX_UNDER_WAY = 4096;

    private final SortedMap<String, Telemetry.WorkerMeasured> workers = new TreeMap<>();
    /** Of each worker, its hulls: its name, or those of its several cards. */
    private final SortedMap<String, List<String>> hulls = new TreeMap<>();

    private final SortedMap<String, Long> peakBytes = new TreeMap<>();
    private final SortedMap<String, Long> lineBytes = new TreeMap<>();
    private final List<String> lineChanges = new ArrayList<>();
    private final SortedMap<String, Long> peaksOfStep = new TreeMap<>();
    private final SortedMap<String, Long> peaksSince = new TreeMap<>();

    /** Changes of lines so far, of any hull; and how many there were at a hull's last one. */
    private long changes;

    private final SortedMap<String, Long> changedAt = new TreeMap<>();

    /** How many there were when a micro-batch was sent; of the latest that are not measured yet. */
    private final Map<Attempt, Long> sentAt = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Attempt, Long> eldest) {
            return size() > MAX_UNDER_WAY;
        }
    };

    void take(JournalRecord fact) {
        if (fact instanceof JournalRecord.WorkerAdmitted admitted) {
            hulls.put(admitted.workerId(), admitted.device().hulls(admitted.workerId()));
        }
        if (fact instanceof JournalRecord.MemoryLineChanged line) {
            move(line);
        }
        if (fact instanceof JournalRecord.MicroBatchDispatched sent) {
            sentAt.put(sent.attempt(), changes);
        }
    }

    void take(Telemetry.WorkerMeasured worker) {
        workers.put(worker.workerId(), worker);
    }

    void take(Telemetry.MicroBatchMeasured one) {
        List<MemoryMeasures> each = one.memory().each();
        Long sent = sentAt.remove(one.attempt());
        for (int card = 0; card < each.size(); card++) {
            String hull = hull(one.workerId(), card);
            peakBytes.merge(hull, each.get(card).peakBytes(), Math::max);
            // what was sent before the line changed was to stay under the other line
            if (sent == null || sent >= changedAt.getOrDefault(hull, 0L)) {
                peaksSince.merge(hull, each.get(card).peakBytes(), Math::max);
            }
        }
    }

    /** A step is committed. A hull of which nothing was told since the last one keeps its peak. */
    void stepCommitted() {
        peaksOfStep.putAll(peaksSince);
        peaksSince.clear();
    }

    SortedMap<String, Telemetry.WorkerMeasured> workers() {
        return workers;
    }

    /** The worker's name, or the names of its several cards. */
    List<String> hulls(String worker) {
        return hulls.getOrDefault(worker, List.of(worker));
    }

    private String hull(String worker, int card) {
        List<String> has = hulls(worker);
        return has.get(Math.min(card, has.size() - 1));
    }

    /** The highest peak of each hull's memory in bytes. */
    SortedMap<String, Long> peakBytes() {
        return peakBytes;
    }

    /** Each change of a hull's line after its first, with the reason. */
    List<String> lineChanges() {
        return lineChanges;
    }

    private void move(JournalRecord.MemoryLineChanged line) {
        String hull = hull(line.workerId(), line.card());
        Long before = lineBytes.put(hull, line.lineBytes());
        if (before != null && before != line.lineBytes()) {
            lineChanges.add(line.workerId() + ": " + line.note());
            changedAt.put(hull, ++changes);
            // what was reached before was reached under the other line
            peaksOfStep.remove(hull);
            peaksSince.remove(hull);
        }
    }

    /** A part of a line for each hull of each worker, by name; a worker's speed is at its first. */
    List<String> told() {
        return workers.values().stream()
                .flatMap(worker -> told(worker).stream())
                .toList();
    }

    private List<String> told(Telemetry.WorkerMeasured worker) {
        List<String> own = hulls(worker.workerId());
        String speed = String.format(Locale.ROOT, " %,.0f/s", worker.tokensPerSecond());
        return own.stream()
                .map(hull -> hull + (hull.equals(own.getFirst()) ? speed : "") + " " + load(hull))
                .toList();
    }

    private String load(String hull) {
        long line = lineBytes.getOrDefault(hull, 0L);
        boolean isKnown = peaksOfStep.containsKey(hull) || peaksSince.containsKey(hull);
        return isKnown || line == 0
                ? load(recentPeakBytes(hull), line)
                : String.format(Locale.ROOT, "- of %,d MiB", line / MIB);
    }

    /** In the last step of which something was told, or since; 0 if unknown. */
    private long recentPeakBytes(String hull) {
        return Math.max(peaksOfStep.getOrDefault(hull, 0L), peaksSince.getOrDefault(hull, 0L));
    }

    /** The peak, the line that it may reach, and how much of it that is. */
    static String load(long peakBytes, long lineBytes) {
        return lineBytes == 0
                ? String.format(Locale.ROOT, "%,d MiB", peakBytes / MIB)
                : String.format(
                        Locale.ROOT,
                        "%,d of %,d MiB (%.0f %%)",
                        peakBytes / MIB,
                        lineBytes / MIB,
                        100.0 * peakBytes / lineBytes);
    }
}
