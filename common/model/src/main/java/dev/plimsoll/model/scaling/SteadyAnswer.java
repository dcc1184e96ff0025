package dev.plimsoll.model.scaling;

import dev.plimsoll.model.scaling.Helpful.Reason;

/**
 * The answer over time. It rises at once. Workers that are there are kept while they have work
 * ({@link Helpful#kept}). It falls only when it has been lower for as long as a join costs, and for
 * two steps: a worker that is let go and wanted again would cost a join, so to keep it idle for
 * that long at most doubles what is lost, whatever comes; and no answer falls within a step. What
 * it falls to is the highest that was right meanwhile.
 *
 * @param asked the last answer
 * @param lowerSinceMillis since when it would be lower; {@link #NOT_LOWER} where it would not
 * @param highestSince the highest since then
 */
public record SteadyAnswer(int asked, long lowerSinceMillis, int highestSince) {

    private static final long NOT_LOWER = -1;
    private static final int STEPS = 2;

    /**
     * An answer, and what it leaves to remember.
     *
     * @param next for the next question
     */
    public record Answer(Helpful helpful, SteadyAnswer next) {}

    /** @param workers that are there when the first question is asked */
    public static SteadyAnswer of(int workers) {
        return new SteadyAnswer(workers, NOT_LOWER, 0);
    }

    /**
     * @param joinSeconds from asking for a worker until it trains
     * @param nowMillis by a clock that does not jump
     */
    public Answer to(Demand demand, double joinSeconds, long nowMillis) {
        double holdSeconds = Math.max(joinSeconds, STEPS * demand.stepSeconds());
        Helpful now = Helpful.of(demand, joinSeconds);
        Helpful kept = Helpful.kept(demand, joinSeconds);
        if (now.workers() < asked && kept.workers() > now.workers()) {
            now = new Helpful(Math.min(asked, kept.workers()), kept.reason(), kept.note());
        }
        return held(now, holdSeconds, nowMillis);
    }

    /** While a run is paused its workers are kept for a while too. */
    public Answer whilePaused(Demand demand, double joinSeconds, long nowMillis) {
        double holdSeconds = Math.max(joinSeconds, STEPS * demand.stepSeconds());
        return held(Helpful.none(Reason.PAUSED, "the run is paused"), holdSeconds, nowMillis);
    }

    /** Nothing will come any more. */
    public static Answer whenFinished() {
        return new Answer(Helpful.none(Reason.FINISHED, "the run is finished"), of(0));
    }

    private Answer held(Helpful now, double holdSeconds, long nowMillis) {
        if (now.workers() >= asked) {
            return new Answer(now, of(now.workers()));
        }
        long since = lowerSinceMillis == NOT_LOWER ? nowMillis : lowerSinceMillis;
        int highest = lowerSinceMillis == NOT_LOWER
                ? now.workers()
                : Math.max(highestSince, now.workers());
        if (nowMillis - since < holdSeconds * 1e3) {
            long left = Math.round(holdSeconds - (nowMillis - since) / 1e3);
            return new Answer(
                    new Helpful(
                            asked,
                            Reason.HELD,
                            "for " + left + " s more, then " + highest + " if nothing changes: "
                                    + now.note()),
                    new SteadyAnswer(asked, since, highest));
        }
        if (highest == now.workers()) {
            return new Answer(now, of(highest));
        }
        return new Answer(
                new Helpful(
                        highest, Reason.HELD, "so many helped in the last while: " + now.note()),
                new SteadyAnswer(highest, nowMillis, now.workers()));
    }
}
