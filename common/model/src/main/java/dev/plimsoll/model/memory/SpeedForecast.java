package dev.plimsoll.model.memory;

/**
 * What a micro-batch costs besides its tokens: time = pace · (costTokens + overhead), by recursive least squares on relative errors.
 * costTokens are tokens times what a token costs under the memory plan ({@link Loading#cost}), 1 where nothing is recomputed.
 *
 * @param pace microseconds of a token, as the first micro-batch that counts showed it; 0 before
 * @param scale of the pace since
 * @param overheadTokens time besides tokens, in tokens of that first pace
 * @param scaleVariance in units of the noise's variance, like the two below
 * @param covariance of scale and overhead
 * @param overheadVariance of the overhead
 * @param seen micro-batches
 */
public record SpeedForecast(
        double pace,
        double scale,
        double overheadTokens,
        double scaleVariance,
        double covariance,
        double overheadVariance,
        long seen) {

    /** Launches and the wait at the end; an H100 with a fast host. */
    static final double FIRST_OVERHEAD_TOKENS = 256;

    /** The first micro-batches load kernels and grow the pool. */
    static final int WARM_UP = 2;

    private static final double NOISE = 0.05;
    private static final double FIRST_SCALE_VARIANCE = 0.5 / NOISE * 0.5 / NOISE;
    private static final double FIRST_OVERHEAD_VARIANCE = 1024 / NOISE * 1024 / NOISE;
    private static final double FORGETTING = 0.995;
    private static final double MOST_OVERHEAD_TOKENS = 8_192;

    public static final SpeedForecast START =
            new SpeedForecast(0, 1, FIRST_OVERHEAD_TOKENS, FIRST_SCALE_VARIANCE, 0, FIRST_OVERHEAD_VARIANCE, 0);

    /** What a micro-batch costs besides its tokens, in tokens of the present pace. */
    public double overhead() {
        return Math.clamp(overheadTokens / Math.max(0.05, scale), 0, MOST_OVERHEAD_TOKENS);
    }

    public SpeedForecast learn(double costTokens, long micros) {
        if (!(costTokens > 0) || micros <= 0) {
            return this;
        }
        if (seen < WARM_UP) {
            return new SpeedForecast(0, scale, overheadTokens, scaleVariance, covariance, overheadVariance, seen + 1);
        }
        double known = pace > 0 ? pace : micros / (costTokens + FIRST_OVERHEAD_TOKENS);
        boolean forget = scaleVariance < FIRST_SCALE_VARIANCE && overheadVariance < FIRST_OVERHEAD_VARIANCE;
        double forgetting = forget ? FORGETTING : 1;
        double x = 1 / costTokens;
        double a = scaleVariance + covariance * x;
        double b = covariance + overheadVariance * x;
        double total = forgetting + a + b * x;
        double error = micros / known / costTokens - scale - overheadTokens * x;
        return new SpeedForecast(
                known,
                scale + a / total * error,
                overheadTokens + b / total * error,
                (scaleVariance - a * a / total) / forgetting,
                (covariance - a * b / total) / forgetting,
                (overheadVariance - b * b / total) / forgetting,
                seen + 1);
    }
}
