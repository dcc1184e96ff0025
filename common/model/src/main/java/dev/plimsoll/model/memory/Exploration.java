package dev.plimsoll.model.memory;

import dev.plimsoll.model.memory.Loading.Option;

import java.util.List;

/**
 * Whether a micro-batch tries a plan beside the best one. A small part of them does, for ever: what
 * is known of a plan that is never taken may be wrong, or become so. Which ones is decided by a
 * number, so a replay decides the same. It changes how a step is cut and never what is trained.
 *
 * @param number of the micro-batch; negative for one that does not explore
 */
public record Exploration(long number) {

    public static final Exploration NEVER = new Exploration(-1);

    /** While plans near the best one have few measurements, and afterwards: one in so many. */
    private static final int OFTEN = 8;

    private static final int SELDOM = 24;

    /** Of those, one in so many tries even a neighbour that is known to be slow. */
    private static final int EVEN_SLOW = 8;

    private static final int FEW = 4;
    private static final int NEIGHBOURS = 2;
    private static final double SLOW = 1.15;

    /** For one that cannot be cut: it may cost as much as forty others. */
    private static final double SLOW_ALONE = 1.1;

    /**
     * The option to take: the best, or of the two before and the two behind it the one that is
     * known least.
     *
     * @param times of a token under each option
     */
    int take(SpeedForecast speed, List<Option> options, double[] times, int best) {
        int least = leastKnown(speed, options, times, best, SLOW, true);
        if (!tries(speed, options, best, least)) {
            return best;
        }
        return number / SELDOM % EVEN_SLOW == 0
                ? leastKnown(speed, options, times, best, Double.POSITIVE_INFINITY, true)
                : least;
    }

    /**
     * The same for a sequence that fills a micro-batch by itself. It may be long and cannot be cut,
     * so it goes to no plan that is thought to be slow. Of a plan with few measurements that is
     * thought only where the ladder says so, too: one of them may have been an outlier.
     *
     * @param guesses times by the ladder alone, in any unit
     */
    int takeLikely(
            SpeedForecast speed, List<Option> options, double[] times, double[] guesses, int best) {
        double[] likely = times.clone();
        for (int i = 0; i < likely.length; i++) {
            if (speed.measured(options.get(i).plan()) < FEW) {
                double guess = guesses[i] / guesses[best] * times[best];
                likely[i] = Math.min(times[i], guess);
            }
        }
        int least = leastKnown(speed, options, likely, best, SLOW_ALONE, false);
        return tries(speed, options, best, least) ? least : best;
    }

    private boolean tries(SpeedForecast speed, List<Option> options, int best, int least) {
        boolean few = least != best && speed.measured(options.get(least).plan()) < FEW;
        return number >= 0 && number % (few ? OFTEN : SELDOM) == 0;
    }

    /**
     * Measured least often or, where all were measured a few times, longest ago.
     *
     * @param slow times the best one's: slower ones are left
     * @param unknownToo whether those with few measurements are not
     */
    private static int leastKnown(
            SpeedForecast speed,
            List<Option> options,
            double[] times,
            int best,
            double slow,
            boolean unknownToo) {
        int least = best;
        int fewest = Integer.MAX_VALUE;
        long oldest = Long.MAX_VALUE;
        int last = Math.min(options.size() - 1, best + NEIGHBOURS);
        for (int i = Math.max(0, best - NEIGHBOURS); i <= last; i++) {
            int measured = Math.min(FEW, speed.measured(options.get(i).plan()));
            long at = speed.lastMeasured(options.get(i).plan());
            boolean worth = times[i] <= slow * times[best] || unknownToo && measured < FEW;
            boolean lesser = measured < fewest || measured == fewest && at < oldest;
            if (i != best && worth && lesser) {
                least = i;
                fewest = measured;
                oldest = at;
            }
        }
        return least;
    }
}
