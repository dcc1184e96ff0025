package dev.plimsoll.model.memory;

/**
 * What a micro-batch costs besides its tokens: time = pace · (costTokens + overhead), by
 * {@link AffineFit}. costTokens are tokens times what a token costs under the memory plan
 * ({@link Loading#cost}), 1 where nothing is recomputed.
 *
 * @param pace microseconds of a token, as the first micro-batch that counts showed it; 0 before
 * @param fit of the time, in tokens of that pace, to costTokens
 * @param seen micro-batches
 */
public record SpeedForecast(double pace, AffineFit fit, long seen) {

    /** Launches and the wait at the end; an H100 with a fast host. */
    static final double FIRST_OVERHEAD_TOKENS = 256;

    /** The first micro-batches load kernels and grow the pool. */
    static final int WARM_UP = 2;

    private static final double MOST_OVERHEAD_TOKENS = 8_192;

    public static final SpeedForecast START =
            new SpeedForecast(0, AffineFit.start(1, FIRST_OVERHEAD_TOKENS, 0.5, 1024, 0.05), 0);

    /** What a micro-batch costs besides its tokens, in tokens of the present pace. */
    public double overhead() {
        return Math.clamp(fit.intercept() / Math.max(0.05, fit.slope()), 0, MOST_OVERHEAD_TOKENS);
    }

    /** The likeliest time of a micro-batch; 0 while nothing is known. */
    public long expectedMicros(double costTokens) {
        return Math.round(pace * Math.max(0, fit.at(costTokens)));
    }

    public SpeedForecast learn(double costTokens, long micros) {
        if (!(costTokens > 0) || micros <= 0) {
            return this;
        }
        if (seen < WARM_UP) {
            return new SpeedForecast(0, fit, seen + 1);
        }
        double known = pace > 0 ? pace : micros / (costTokens + FIRST_OVERHEAD_TOKENS);
        return new SpeedForecast(known, fit.learn(costTokens, micros / known), seen + 1);
    }
}
