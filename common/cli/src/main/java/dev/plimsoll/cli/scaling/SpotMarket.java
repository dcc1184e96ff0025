package dev.plimsoll.cli.scaling;

import java.util.Arrays;
import java.util.Random;

/**
 * How many GPUs can be had in each second of a simulated day, and at what price. The price wanders
 * around its mean; while it is above what is bid, the market takes back what it gave, and gives
 * nothing.
 */
final class SpotMarket {

    /** Of the mean price. */
    private static final double BID = 1.6;

    private static final double REVERSION_PER_SECOND = 1 / 3_600.0;
    private static final double SPREAD_PER_SECOND = 0.009;

    private final double[] price = new double[DayLoad.SECONDS];

    private SpotMarket() {}

    /** As many as are wanted, always, at the mean price. */
    static SpotMarket calm() {
        SpotMarket market = new SpotMarket();
        Arrays.fill(market.price, 1);
        return market;
    }

    static SpotMarket of(long seed) {
        Random random = new Random(seed);
        SpotMarket market = new SpotMarket();
        double logarithm = 0;
        for (int second = 0; second < DayLoad.SECONDS; second++) {
            logarithm +=
                    -REVERSION_PER_SECOND * logarithm + SPREAD_PER_SECOND * random.nextGaussian();
            market.price[second] = Math.exp(logarithm);
        }
        return market;
    }

    double price(int second) {
        return price[Math.min(second, DayLoad.SECONDS - 1)];
    }

    /** Whether GPUs can be had and kept. The day after, they can. */
    boolean isOpen(int second) {
        return second >= DayLoad.SECONDS || price(second) <= BID;
    }

    /** So often the market takes back what it gave. */
    int closings() {
        int closings = 0;
        for (int second = 1; second < DayLoad.SECONDS; second++) {
            closings += isOpen(second - 1) && !isOpen(second) ? 1 : 0;
        }
        return closings;
    }
}
