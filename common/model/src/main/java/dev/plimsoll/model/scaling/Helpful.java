package dev.plimsoll.model.scaling;

import java.util.Locale;

/**
 * How many workers a run has use for, and why.
 *
 * <p>A worker costs GPU time before it trains: {@code join} seconds, in which its machine starts,
 * the weights are loaded and the adapter is read. With v tokens a second of one worker, n workers
 * train W waiting tokens in W / (n·v) seconds. The n-th one is worth it while each of them trains
 * {@value #PAYBACK} times as long as it takes to join:
 *
 * <pre>n ≤ W / (v · PAYBACK · join)</pre>
 *
 * so at most a fifth of the GPU time is spent on joining. In a step of S tokens n workers compute
 * for S / (n·v) seconds, and exchange sums for e seconds in which none computes. A worker more
 * helps while they compute for at least as long as they exchange:
 *
 * <pre>n ≤ S / (v · e)</pre>
 *
 * @param reason what bounds the number
 */
public record Helpful(int workers, Reason reason, String note) {

    /** How much longer than it takes to join a worker should train. */
    static final int PAYBACK = 4;

    /** Times as many as help are kept, where a step's exchange bounds them. */
    private static final double SLACK = 1.5;

    /** More than any fleet has. */
    private static final int MOST = 4_096;

    /** What the number comes from. */
    public enum Reason {
        /** The run is finished. */
        FINISHED,
        /** An operator has paused the run. */
        PAUSED,
        /** Nothing waits that could form a step. */
        NOTHING_WAITS,
        /** No worker was ever measured: one finds out how fast it is. */
        NOT_MEASURED,
        /** More would take longer to join than they would gain. */
        COST_OF_JOINING,
        /** More would wait for each other in each step. */
        EXCHANGE,
        /** A step has no more samples to share. */
        SAMPLES_OF_A_STEP,
        /** More than would be asked for anew, and all of them have work. */
        STILL_AT_WORK,
        /** It was so many a moment ago; it falls only when it has been lower for a while. */
        HELD
    }

    static Helpful none(Reason reason, String note) {
        return new Helpful(0, reason, note);
    }

    /**
     * For this moment alone; {@link SteadyAnswer} keeps it from flapping.
     *
     * @param joinSeconds from asking for a worker until it trains
     */
    public static Helpful of(Demand demand, double joinSeconds) {
        return bounded(demand, joinSeconds, PAYBACK, 1);
    }

    /**
     * How many it is worth to keep of those that are there. Their joins are paid for, so each needs
     * work only for as long as another join would take; and the bounds by a step are loosened,
     * since figures of steps are uncertain.
     */
    static Helpful kept(Demand demand, double joinSeconds) {
        Helpful kept = bounded(demand, joinSeconds, 1, SLACK);
        return kept.workers() == 0
                ? kept
                : new Helpful(
                        kept.workers(),
                        Reason.STILL_AT_WORK,
                        "those that are there have work for a join's time");
    }

    private static Helpful bounded(Demand demand, double joinSeconds, int payback, double slack) {
        if (demand.waitingTokens() == 0) {
            return none(Reason.NOTHING_WAITS, "nothing waits that could form a step");
        }
        if (demand.tokensPerSecond() == 0) {
            return new Helpful(
                    Math.max(1, demand.workers()),
                    Reason.NOT_MEASURED,
                    "no worker's speed is known yet");
        }
        double perWorker = demand.tokensPerSecond() * payback * joinSeconds;
        int byJoining = whole(demand.waitingTokens() / perWorker);
        int byExchange = demand.exchangeSeconds() == 0 || demand.stepTokens() == 0
                ? MOST
                : whole(slack
                        * demand.stepTokens()
                        / (demand.tokensPerSecond() * demand.exchangeSeconds()));
        int least = Math.min(Math.min(byJoining, byExchange), demand.stepSamples());
        if (least == byJoining) {
            return new Helpful(
                    least,
                    Reason.COST_OF_JOINING,
                    text(
                            "each trains at least %d times the %.0f s that it takes to join",
                            payback, joinSeconds));
        }
        if (least == byExchange) {
            return new Helpful(
                    least,
                    Reason.EXCHANGE,
                    text(
                            "with more, computing a step would take less than the %.1f s of its "
                                    + "exchange",
                            demand.exchangeSeconds()));
        }
        return new Helpful(least, Reason.SAMPLES_OF_A_STEP, "a step has so many samples to share");
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** One at least: something waits. */
    private static int whole(double number) {
        return (int) Math.clamp(Math.floor(number), 1, MOST);
    }
}
