package dev.plimsoll.cli.bench;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The median step: when each moment was, in ms since the step was opened, and how long of it the
 * worker that computed longest did so.
 *
 * @param millis a moment that no step has is left out
 */
record TimeLine(Map<Moment, Double> millis, double computingMillis) {

    private static final String COMPUTING = "computing";

    TimeLine {
        millis = Map.copyOf(millis);
    }

    /**
     * @param steps at least one
     * @param microsOfAttempt forward and backward of each micro-batch, by its attempt
     */
    static TimeLine of(List<StepTrace> steps, Map<Long, Long> microsOfAttempt) {
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
        return new TimeLine(millis, median(computing).orElseThrow());
    }

    /** For the report: names and ms, in the order of the moments, computing at the end. */
    Map<String, Double> named() {
        Map<String, Double> named = new LinkedHashMap<>();
        for (Moment moment : Moment.values()) {
            if (millis.containsKey(moment)) {
                named.put(moment.field(), millis.get(moment));
            }
        }
        named.put(COMPUTING, computingMillis);
        return named;
    }

    /** Computing over the time until the next step was opened, or this one was committed. */
    double computingShare() {
        return computingMillis
                / millis.getOrDefault(Moment.NEXT_OPENED, millis.get(Moment.COMMITTED));
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
