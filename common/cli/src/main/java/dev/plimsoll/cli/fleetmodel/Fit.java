package dev.plimsoll.cli.fleetmodel;

import java.util.Comparator;
import java.util.List;

/**
 * Figures that a report's fleets of one worker tell. What is measured of larger fleets is left for
 * {@code --against}, so that a model is not checked against what it was made of.
 */
final class Fit {

    /** A figure that is fitted is at least so much: what is left of a difference may be less. */
    private static final double LEAST_MILLIS = 0.1;

    private static final double MILLIS = 1e3;

    private Fit() {}

    /**
     * From the step with the most tokens, in which nothing waits for the step before:
     *
     * <pre>
     * decision = period − computing − take − fold
     * client   = gradient bytes / (accepted − asked − decision − take)
     * shard    = gradient bytes / shards / (summed − accepted − decision − transaction)
     * </pre>
     *
     * Throws IllegalArgumentException, with a sentence, if the report has no fleet of one worker.
     *
     * @param from names the report
     */
    static Calibration of(List<MeasuredCase> cases, Calibration start, String from) {
        MeasuredCase one = cases.stream()
                .filter(measured -> measured.workers() == 1)
                .max(Comparator.comparingDouble(MeasuredCase::tokensPerStep))
                .orElseThrow(() -> new IllegalArgumentException(
                        "it has no case of one worker; measure it with --workers 1"));
        Calibration fitted =
                start.with(Parameter.ENGINE_TOKENS_PER_SECOND, one.engineTokensPerSecond(), from);
        double bytes = one.workerUpBytes().orElse(start.of(Parameter.GRADIENT_BYTES));
        fitted = fitted.with(Parameter.GRADIENT_BYTES, bytes, from);
        double take = start.of(Parameter.TAKE_MILLIS);
        double decision = atLeast(one.millis("commitToCommit")
                - one.millis("computing")
                - take
                - start.of(Parameter.FOLD_MILLIS));
        fitted = fitted.with(Parameter.DECISION_MILLIS, decision, from);
        double accepted = one.millis("contributionsAccepted");
        double publishing = atLeast(accepted - one.millis("contributionsAsked") - decision - take);
        fitted = fitted.with(Parameter.CLIENT_BYTES_PER_SECOND, bytes / publishing * MILLIS, from);
        double summing = atLeast(one.millis("sumsAccepted")
                - accepted
                - decision
                - start.of(Parameter.TRANSACTION_MILLIS));
        return fitted.with(
                Parameter.SHARD_BYTES_PER_SECOND,
                bytes / start.of(Parameter.SHARDS) / summing * MILLIS,
                from);
    }

    private static double atLeast(double millis) {
        return Math.max(LEAST_MILLIS, millis);
    }
}
