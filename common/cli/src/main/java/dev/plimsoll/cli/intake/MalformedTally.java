package dev.plimsoll.cli.intake;

import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compares what was rejected with what should be. Malformed samples are known by their place in
 * files or in the topic. Pure.
 */
final class MalformedTally {

    private static final int SHOWN_COMPLAINTS = 20;

    private final Map<String, Fault> byPlace;
    private final Map<SampleOrigin, Fault> byOrigin;
    private final Set<Object> seen = new HashSet<>();
    private final Map<String, Map<RejectionReason, Long>> byKind = new TreeMap<>();
    private final Map<RejectionReason, Long> byReason = new EnumMap<>(RejectionReason.class);
    private final Map<String, String> noteOfKind = new HashMap<>();
    private final List<String> complaints = new ArrayList<>();

    /**
     * @param byPlace by file and line, {@code name.jsonl:4}
     * @param byOrigin by the place in the topic
     */
    MalformedTally(Map<String, Fault> byPlace, Map<SampleOrigin, Fault> byOrigin) {
        this.byPlace = byPlace;
        this.byOrigin = byOrigin;
    }

    void rejected(RejectedSample sample) {
        byReason.merge(sample.reason(), 1L, Long::sum);
        String place = sample.source().replaceFirst("^.*/", "");
        boolean ofFile = byPlace.containsKey(place);
        Fault fault = ofFile ? byPlace.get(place) : byOrigin.get(sample.origin());
        if (fault == null) {
            complain("a valid sample was rejected as " + sample.reason() + ": " + sample.source()
                    + " " + sample.sampleId() + ": " + sample.note());
            return;
        }
        if (!seen.add(ofFile ? place : sample.origin())) {
            complain(place + " was rejected twice");
        }
        byKind.computeIfAbsent(fault.kind(), _ -> new EnumMap<>(RejectionReason.class))
                .merge(sample.reason(), 1L, Long::sum);
        noteOfKind.putIfAbsent(fault.kind(), sample.note());
        if (sample.reason() != fault.expected()) {
            complain(fault.kind() + " was rejected as " + sample.reason() + " and not as "
                    + fault.expected() + ": " + sample.note());
        }
        Optional<String> words = OurWords.complaint(sample.note());
        words.ifPresent(complaint ->
                complain("the note of " + fault.kind() + ": " + complaint + ": " + sample.note()));
    }

    /** Once all are told. */
    void requireAll() {
        missing(byPlace);
        missing(byOrigin);
    }

    private void missing(Map<?, Fault> all) {
        all.forEach((place, fault) -> {
            if (!seen.contains(place)) {
                complain(fault.kind() + " at " + place + " was not rejected");
            }
        });
    }

    void complain(String complaint) {
        complaints.add(complaint);
    }

    Collection<String> complaints() {
        return complaints.size() <= SHOWN_COMPLAINTS
                ? complaints
                : complaints.subList(0, SHOWN_COMPLAINTS);
    }

    boolean right() {
        return complaints.isEmpty();
    }

    /** For people: each kind with its count, its reasons and the first note. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        byKind.forEach((kind, reasons) -> lines.add(String.format(
                Locale.ROOT,
                "%6d  %-48s %s: %s",
                reasons.values().stream().mapToLong(Long::longValue).sum(),
                kind,
                reasons.keySet(),
                noteOfKind.get(kind))));
        byReason.forEach((reason, count) ->
                lines.add(String.format(Locale.ROOT, "%6d  rejected as %s", count, reason)));
        lines.add(seen.size() + " of " + (byPlace.size() + byOrigin.size())
                + " malformed samples rejected; " + complaints.size() + " complaints");
        return lines;
    }
}
