package dev.plimsoll.cli.scaling;

/** Counts what happens in a simulated day. Seconds are of GPUs. */
final class DayTally {

    private static final double HOUR = 3_600;

    private double paidSeconds;
    private double pricedSeconds;
    private double joiningSeconds;
    private double repeatedSeconds;
    private double idleSeconds;
    private double tokenSeconds;
    private int more;
    private int less;
    private int reversals;
    private int lost;
    private int opened;
    private int committed;

    void paid(int workers, double price) {
        paidSeconds += workers;
        pricedSeconds += workers * price;
    }

    void joined(double seconds) {
        joiningSeconds += seconds;
    }

    void repeated(double seconds) {
        repeatedSeconds += seconds;
    }

    void idled(double seconds) {
        idleSeconds += seconds;
    }

    /** So many tokens have waited for one more second. */
    void waited(double tokens) {
        tokenSeconds += tokens;
    }

    void askedMore(boolean soonAfterLess) {
        more++;
        reversals += soonAfterLess ? 1 : 0;
    }

    void askedLess() {
        less++;
    }

    void lostWorker() {
        lost++;
    }

    void opened() {
        opened++;
    }

    void committed() {
        committed++;
    }

    DayFigures figures(double tokens, double tokensPerSecond, double leftTokens) {
        return new DayFigures(
                (tokens - leftTokens) / tokensPerSecond / HOUR,
                paidSeconds / HOUR,
                joiningSeconds / HOUR,
                repeatedSeconds / HOUR,
                idleSeconds / HOUR,
                pricedSeconds / HOUR,
                more,
                less,
                reversals,
                lost,
                opened,
                committed,
                leftTokens,
                tokenSeconds / tokens);
    }
}
