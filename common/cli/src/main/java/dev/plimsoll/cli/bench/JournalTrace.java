package dev.plimsoll.cli.bench;

import dev.plimsoll.cli.bench.StepTrace.MicroBatch;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads from a journal when each thing of a step happened. It takes the records in their order;
 * times are those of the records. Several steps may be open at a time; one that was undone or
 * abandoned is never committed, and its number never comes again.
 */
final class JournalTrace {

    private final Map<Long, Integer> tokensOfOrdinal = new HashMap<>();
    private final Map<Long, Long> stepOfContribution = new HashMap<>();
    private final Map<Long, Long> stepOfVersion = new HashMap<>();
    private final SortedMap<Long, Open> steps = new TreeMap<>();
    private final Set<Long> rejected = new HashSet<>();
    private final SortedMap<String, WorkerDevice> devices = new TreeMap<>();
    private Open last;

    private static final class Open {
        private final long openedAtMillis;
        private final List<Long> ordinals;
        private final Map<Moment, Long> at = new EnumMap<>(Moment.class);
        private final SortedMap<Long, JournalRecord.MicroBatchDispatched> dispatched =
                new TreeMap<>();
        private final Set<Long> accepted = new HashSet<>();

        private Open(long openedAtMillis, List<Long> ordinals) {
            this.openedAtMillis = openedAtMillis;
            this.ordinals = ordinals;
        }
    }

    void take(long atMillis, JournalRecord fact) {
        switch (fact) {
            case JournalRecord.SampleAdmitted admitted ->
                tokensOfOrdinal.put(
                        admitted.sequence().ordinal(), admitted.sequence().tokens());
            case JournalRecord.SampleRejected gone -> rejected.add(gone.ordinal());
            case JournalRecord.WorkerAdmitted worker ->
                devices.put(worker.workerId(), worker.device());
            case JournalRecord.StepOpened opened -> open(atMillis, opened);
            case JournalRecord.MicroBatchDispatched sent when sent.attempt().evaluates() -> {}
            case JournalRecord.MicroBatchDispatched sent -> {
                long step = sent.attempt().step();
                first(step, Moment.FIRST_DISPATCHED, atMillis);
                steps.get(step).dispatched.put(sent.attempt().attempt(), sent);
            }
            case JournalRecord.MicroBatchAccepted done -> {
                long step = done.attempt().step();
                first(step, Moment.FIRST_ACCEPTED, atMillis);
                latest(step, Moment.LAST_ACCEPTED, atMillis);
                steps.get(step).accepted.add(done.attempt().attempt());
            }
            case JournalRecord.ContributionAsked asked -> {
                stepOfContribution.put(asked.contribution(), asked.step());
                latest(asked.step(), Moment.CONTRIBUTIONS_ASKED, atMillis);
            }
            case JournalRecord.ContributionAccepted accepted ->
                latest(
                        stepOfContribution.get(accepted.contribution().contribution()),
                        Moment.CONTRIBUTIONS_ACCEPTED,
                        atMillis);
            case JournalRecord.ShardSumAccepted sum ->
                latest(sum.step(), Moment.SUMS_ACCEPTED, atMillis);
            case JournalRecord.StepCommitted committed -> {
                stepOfVersion.put(committed.version(), committed.step());
                latest(committed.step(), Moment.COMMITTED, atMillis);
            }
            case JournalRecord.ShardDigestAccepted made -> {
                Long step = stepOfVersion.get(made.version());
                if (step != null) {
                    latest(step, Moment.FOLDED, atMillis);
                }
            }
            default -> {}
        }
    }

    /** The steps that were committed, in their order. */
    List<StepTrace> committed() {
        List<StepTrace> traces = new ArrayList<>();
        steps.forEach((number, step) -> {
            if (step.at.containsKey(Moment.COMMITTED)) {
                traces.add(trace(number, step));
            }
        });
        return traces;
    }

    /** What each worker said that it trains on, by its name. */
    SortedMap<String, WorkerDevice> devices() {
        return devices;
    }

    private void open(long atMillis, JournalRecord.StepOpened opened) {
        if (last != null) {
            last.at.put(Moment.NEXT_OPENED, atMillis);
        }
        last = new Open(atMillis, opened.ordinals());
        steps.put(opened.step(), last);
    }

    private void first(long step, Moment moment, long atMillis) {
        steps.get(step).at.putIfAbsent(moment, atMillis);
    }

    private void latest(long step, Moment moment, long atMillis) {
        steps.get(step).at.put(moment, atMillis);
    }

    private StepTrace trace(long number, Open step) {
        Map<Moment, Long> since = new EnumMap<>(Moment.class);
        step.at.forEach((moment, at) -> since.put(moment, at - step.openedAtMillis));
        List<MicroBatch> microBatches = step.dispatched.values().stream()
                .filter(sent -> step.accepted.contains(sent.attempt().attempt()))
                .map(sent -> new MicroBatch(
                        sent.attempt().attempt(), sent.workerId(), sent.ordinals(), sent.plan()))
                .toList();
        long tokens = step.ordinals.stream()
                .filter(ordinal -> !rejected.contains(ordinal))
                .mapToLong(tokensOfOrdinal::get)
                .sum();
        return new StepTrace(number, step.at.get(Moment.COMMITTED), since, tokens, microBatches);
    }
}
