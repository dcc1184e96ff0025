package dev.plimsoll.model.memory;

/**
 * y = slope · x + intercept by recursive least squares on relative errors, with forgetting (Ljung
 * 1999, section 11.2). Variances are in units of the noise's.
 *
 * @param covariance of slope and intercept
 * @param firstSlopeVariance beyond which nothing is forgotten: points that are all alike say
 *     nothing about one direction
 * @param firstInterceptVariance likewise
 */
public record AffineFit(
        double slope,
        double intercept,
        double slopeVariance,
        double covariance,
        double interceptVariance,
        double firstSlopeVariance,
        double firstInterceptVariance) {

    private static final double FORGETTING = 0.995;

    /**
     * Before anything is seen.
     *
     * @param slopeDeviation by how much the slope may be off
     * @param interceptDeviation likewise
     * @param noise relative standard deviation of what remains
     */
    static AffineFit start(
            double slope,
            double intercept,
            double slopeDeviation,
            double interceptDeviation,
            double noise) {
        double slopes = slopeDeviation / noise * slopeDeviation / noise;
        double intercepts = interceptDeviation / noise * interceptDeviation / noise;
        return new AffineFit(slope, intercept, slopes, 0, intercepts, slopes, intercepts);
    }

    double at(double x) {
        return slope * x + intercept;
    }

    /** @param x positive, and so is y */
    AffineFit learn(double x, double y) {
        boolean forget =
                slopeVariance < firstSlopeVariance && interceptVariance < firstInterceptVariance;
        double forgetting = forget ? FORGETTING : 1;
        double inverse = 1 / x;
        double a = slopeVariance + covariance * inverse;
        double b = covariance + interceptVariance * inverse;
        double total = forgetting + a + b * inverse;
        double error = (y - at(x)) * inverse;
        return new AffineFit(
                slope + a / total * error,
                intercept + b / total * error,
                (slopeVariance - a * a / total) / forgetting,
                (covariance - a * b / total) / forgetting,
                (interceptVariance - b * b / total) / forgetting,
                firstSlopeVariance,
                firstInterceptVariance);
    }
}
