package dev.plimsoll.cli.bench;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The median step: when each moment was, in ms since the step was opened, how long the worker that
 * computed longest did so, and how long it is from commit to commit. Steps may overlap, so that the
 * last may be shorter than the way from opening to commit.
 *
 * @param millis a moment that no step has is left out
 */
record TimeLine(Map<Moment, Double> millis, double computingMillis, double periodMillis) {

    private static final String COMPUTING = "computing";
    private static final String PERIOD = "commitToCommit";

    TimeLine {
        millis = Map.copyOf(millis);
    }

    /**
     * @param before the step that was committed before the first of them
     * @param steps at least one
     * @param microsOfAttempt forward and backward of each micro-batch, by its attempt
     */
    static TimeLine of(StepTrace before, List<StepTrace> steps, Map<Long, Long> microsOfAttempt) {
        Map<Moment, Double> millis = new EnumMap<>(Moment.class);
        for (Moment moment : Moment.values()) {
            median(steps.stream()
                            .filter(step -> step.sinceOpenedMillis().containsKey(moment))
                            .mapToDouble(step -> step.sinceOpenedMillis().get(moment))
                            .toArray())
                    .ifPresent(median -> millis.put(moment, median));
        }
        double[] computing = steps.stream()
                .mapToDouble(step -> step.computingMillis(microsOfAttempt))
                .toArray();
        double[] periods = new double[steps.size()];
        long committed = before.committedAtMillis();
        for (int i = 0; i < periods.length; i++) {
            periods[i] = steps.get(i).committedAtMillis() - committed;
            committed = steps.get(i).committedAtMillis();
        }
        return new TimeLine(
                millis, median(computing).orElseThrow(), median(periods).orElseThrow());
    }

    /**
     * For the report: names and ms, in the order of the moments; computing and the time from commit
     * to commit at the end.
     */
    Map<String, Double> named() {
        Map<String, Double> named = new LinkedHashMap<>();
        for (Moment moment : Moment.values()) {
            if (millis.containsKey(moment)) {
                named.put(moment.field(), millis.get(moment));
            }
        }
        named.put(COMPUTING, computingMillis);
        named.put(PERIOD, periodMillis);
        return named;
    }

    /** Computing over the time from commit to commit. */
    double computingShare() {
        return computingMillis / Math.max(1, periodMillis);
    }

    private static OptionalDouble median(double[] values) {
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return OptionalDouble.of(
                sorted.length % 2 == 1
                        ? sorted[middle]
                        : (sorted[middle - 1] + sorted[middle]) / 2);
    }
}
