package dev.plimsoll.worker.loop;

/**
 * How long a worker that has nothing to do has heard nothing that was for it, counted in signs of
 * life. It may be that the planner does not know it any more: of workers that are gone it remembers
 * some, and admits only these by their heartbeats. So the worker asks to join again (decision
 * 0013). One that is known is told its generation once more; it then waits twice as long, since
 * each answer is written to the journal.
 */
final class Silence {

    /** Some leases, of which each has at least five signs of life. */
    static final int SHORTEST_TICKS = 30;

    /** A quarter of an hour, where a sign of life comes each second. */
    static final int LONGEST_TICKS = 32 * SHORTEST_TICKS;

    private int patienceTicks = SHORTEST_TICKS;
    private int ticks;

    /** It has an order, or another generation, or none. */
    void ends() {
        patienceTicks = SHORTEST_TICKS;
        ticks = 0;
    }

    /** It is told that it is known. */
    void isAnswered() {
        patienceTicks = Math.min(2 * patienceTicks, LONGEST_TICKS);
        ticks = 0;
    }

    /**
     * With a sign of life: whether to ask now.
     *
     * @param idle the engine has nothing to do
     */
    boolean isLong(boolean idle) {
        ticks = idle ? ticks + 1 : 0;
        if (ticks < patienceTicks) {
            return false;
        }
        ticks = 0;
        return true;
    }
}
