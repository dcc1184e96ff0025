package dev.plimsoll.audit;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the journal says of evaluations: which sources are for that, and whether each evaluation
 * covers each of its samples exactly once and says the loss that its micro-batches add up to. Facts
 * are handed in in the journal's order.
 */
final class EvaluationLedger {

    /** Added in another order, a sum of doubles differs by less. */
    private static final double ROUNDING = 1e-12;

    private final Set<String> sources = new HashSet<>();
    private final List<String> findings = new ArrayList<>();
    private final Map<Attempt, JournalRecord.MicroBatchDispatched> dispatched = new HashMap<>();
    private final Map<Attempt, JournalRecord.Evaluated> counted = new HashMap<>();
    private final Set<Long> due = new HashSet<>();

    void take(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.SourceChanged changed -> {
                if (changed.evaluation()) {
                    sources.add(changed.name());
                }
            }
            case JournalRecord.EvaluationOpened opened -> {
                clear();
                due.addAll(opened.ordinals());
            }
            case JournalRecord.MicroBatchDispatched out
            when out.attempt().evaluates() -> dispatched.put(out.attempt(), out);
            case JournalRecord.Evaluated is -> count(is);
            case JournalRecord.MicroBatchReturned back
            when back.attempt().evaluates() -> {
                dispatched.remove(back.attempt());
                counted.remove(back.attempt());
            }
            case JournalRecord.WorkerLost lost -> {
                dispatched.values().removeIf(out -> out.generation() == lost.generation());
                counted.keySet().retainAll(dispatched.keySet());
            }
            case JournalRecord.SampleRejected rejected -> due.remove(rejected.ordinal());
            case JournalRecord.EvaluationClosed is -> close(is);
            case JournalRecord.EvaluationDropped dropped -> clear();
            // no other fact is of an evaluation, or ends what a worker has evaluated
            default -> {}
        }
    }

    private void count(JournalRecord.Evaluated is) {
        boolean isUnderWay =
                dispatched.containsKey(is.attempt()) && counted.put(is.attempt(), is) == null;
        if (!isUnderWay) {
            findings.add("the journal counts attempt " + is.attempt().attempt()
                    + " of an evaluation, which was not under way");
        }
    }

    private void close(JournalRecord.EvaluationClosed is) {
        Map<Long, Integer> times = new TreeMap<>();
        due.forEach(ordinal -> times.put(ordinal, 0));
        double lossNats = 0;
        long lossTokens = 0;
        for (JournalRecord.Evaluated evaluated : counted.values().stream()
                .sorted(Comparator.comparing(evaluated -> evaluated.attempt().attempt()))
                .toList()) {
            dispatched
                    .get(evaluated.attempt())
                    .ordinals()
                    .forEach(ordinal -> times.merge(ordinal, 1, Integer::sum));
            lossNats += evaluated.lossNats();
            lossTokens += evaluated.lossTokens();
        }
        times.forEach((ordinal, often) -> {
            if (often != 1 || !due.contains(ordinal)) {
                findings.add("the evaluation of version " + is.version() + " covers ordinal "
                        + ordinal + " " + often + " times"
                        + (due.contains(ordinal) ? "" : ", which is not one of its samples"));
            }
        });
        double loss = lossNats / lossTokens;
        if (lossTokens != is.lossTokens()
                || Math.abs(loss - is.loss()) > ROUNDING * Math.abs(loss)) {
            findings.add("the evaluation of version " + is.version() + " has loss " + is.loss()
                    + " over " + is.lossTokens() + " tokens, and its micro-batches have " + loss
                    + " over " + lossTokens);
        }
        clear();
    }

    private void clear() {
        dispatched.clear();
        counted.clear();
        due.clear();
    }

    /** Whether samples of the source must never be trained. */
    boolean isFor(String source) {
        return sources.contains(source);
    }

    /** What is wrong with a sample of such a source that was trained so often; empty for never. */
    static Optional<String> trained(SampleOrigin origin, String source, long times) {
        return times == 0
                ? Optional.empty()
                : Optional.of("sample at " + origin.partition() + ":" + origin.offset()
                        + " is for evaluation, by its source " + source
                        + ", and is in the adapter " + times + " times");
    }

    List<String> findings() {
        return findings;
    }
}
