package dev.plimsoll.cli.bench;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One committed step as the journal tells it.
 *
 * @param committedAtMillis the time of the journal record, by the clock of who wrote it
 * @param sinceOpenedMillis when each moment was, after the step was opened; one that the journal
 *     does not have is left out
 * @param tokens of all sequences of the step that were not rejected
 * @param microBatches those that were accepted, in the order of their dispatch
 */
record StepTrace(
        long step,
        long committedAtMillis,
        Map<Moment, Long> sinceOpenedMillis,
        long tokens,
        List<MicroBatch> microBatches) {

    /** Which sequences a worker trained together, and under which plan. */
    record MicroBatch(long attempt, String workerId, List<Long> ordinals, MemoryPlan plan) {
        MicroBatch {
            ordinals = List.copyOf(ordinals);
        }
    }

    StepTrace {
        sinceOpenedMillis = Map.copyOf(sinceOpenedMillis);
        microBatches = List.copyOf(microBatches);
    }

    /**
     * How long the worker that computed longest did so.
     *
     * @param microsOfAttempt forward and backward of each micro-batch, by its attempt; one that is
     *     not in it counts as 0
     */
    double computingMillis(Map<Long, Long> microsOfAttempt) {
        Map<String, Long> ofWorker = microBatches.stream()
                .collect(Collectors.groupingBy(
                        MicroBatch::workerId,
                        Collectors.summingLong(
                                one -> microsOfAttempt.getOrDefault(one.attempt(), 0L))));
        return ofWorker.values().stream().mapToLong(Long::longValue).max().orElse(0) / 1e3;
    }

    /**
     * Tokens a second of the measured steps, from the commit of the step before the first of them
     * to the commit of the last.
     */
    static double tokensPerSecond(StepTrace before, List<StepTrace> measured) {
        long tokens = measured.stream().mapToLong(StepTrace::tokens).sum();
        long millis = measured.getLast().committedAtMillis() - before.committedAtMillis();
        return tokens * 1e3 / Math.max(1, millis);
    }
}
