package dev.plimsoll.cli.scaling;

import java.util.Random;

/**
 * Tokens that arrive in a simulated day: a stream that follows the hours of a working day, files
 * that somebody submits at once, and a night in which nothing comes.
 */
final class DayLoad {

    static final int SECONDS = 24 * 3_600;

    private static final int FIRST_HOUR = 6;
    private static final int LAST_HOUR = 22;
    private static final int FILES = 8;
    private static final double LONGEST_FILE_SECONDS = 5_400;

    private final double[] tokens = new double[SECONDS];

    private DayLoad() {}

    /**
     * @param tokensPerSecond of one worker
     * @param peakWorkers that the stream alone keeps busy at noon
     */
    static DayLoad of(long seed, double tokensPerSecond, double peakWorkers) {
        Random random = new Random(seed);
        DayLoad load = new DayLoad();
        for (int second = FIRST_HOUR * 3_600; second < LAST_HOUR * 3_600; second++) {
            double hour = second / 3_600.0;
            double shape = Math.sin(Math.PI * (hour - FIRST_HOUR) / (LAST_HOUR - FIRST_HOUR));
            double noise = 1 + 0.5 * random.nextGaussian();
            load.tokens[second] = Math.max(0, tokensPerSecond * peakWorkers * shape * noise);
        }
        for (int file = 0; file < FILES; file++) {
            int at = (int) ((FIRST_HOUR + random.nextDouble() * (LAST_HOUR - FIRST_HOUR)) * 3_600);
            load.tokens[at] += tokensPerSecond * LONGEST_FILE_SECONDS * random.nextDouble();
        }
        return load;
    }

    /** The same every second. */
    static DayLoad steady(double tokensPerSecond) {
        DayLoad load = new DayLoad();
        java.util.Arrays.fill(load.tokens, tokensPerSecond);
        return load;
    }

    double tokens(int second) {
        return second < SECONDS ? tokens[second] : 0;
    }

    double sum() {
        return java.util.Arrays.stream(tokens).sum();
    }
}
