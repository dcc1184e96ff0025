package dev.plimsoll.cli.bench;

import com.fasterxml.jackson.annotation.JsonIgnore;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One number of workers at one number of tokens a step.
 *
 * @param device what the first worker trains on
 * @param productTokensPerSecond through Kafka, from commit to commit
 * @param engineTokensPerSecond the sum of as many engines that run at the same time
 * @param ratio of the two
 * @param computingShare of the median step, on the worker that computes longest: unlike the ratio
 *     it does not depend on what else the machine does while the engine alone is measured
 * @param stepTokens of the median measured step: it is closed by the sample that fills it
 * @param microBatchesPerStep the mean of the measured steps
 * @param bytesPerStep null where the system does not tell
 * @param timeLine names and ms since the step was opened, as {@link TimeLine#named} has them
 * @param line the same
 */
record FleetCase(
        int workers,
        int tokensPerStep,
        String device,
        double productTokensPerSecond,
        double engineTokensPerSecond,
        double ratio,
        double computingShare,
        long stepTokens,
        double microBatchesPerStep,
        StepBytes bytesPerStep,
        Map<String, Double> timeLine,
        @JsonIgnore TimeLine line) {

    /**
     * @param traced the last warm-up step, then the measured ones
     * @param engines the tokens per second of each engine
     */
    static FleetCase of(
            FleetSize size,
            String device,
            List<StepTrace> traced,
            Map<Long, Long> microsOfAttempt,
            Optional<StepBytes> bytes,
            List<Double> engines) {
        List<StepTrace> measured = traced.subList(1, traced.size());
        double product = StepTrace.tokensPerSecond(traced.getFirst(), measured);
        double engine = engines.stream().mapToDouble(Double::doubleValue).sum();
        TimeLine line = TimeLine.of(traced.getFirst(), measured, microsOfAttempt);
        return new FleetCase(
                size.workers(),
                size.tokensPerStep(),
                device,
                product,
                engine,
                product / engine,
                line.computingShare(),
                measured.stream()
                        .mapToLong(StepTrace::tokens)
                        .sorted()
                        .skip(measured.size() / 2)
                        .findFirst()
                        .orElseThrow(),
                measured.stream()
                        .mapToInt(step -> step.microBatches().size())
                        .average()
                        .orElseThrow(),
                bytes.orElse(null),
                line.named(),
                line);
    }

    /** What tells it from the other cases. */
    String title() {
        return String.format(Locale.ROOT, "%d × %,d", workers, tokensPerStep);
    }
}
