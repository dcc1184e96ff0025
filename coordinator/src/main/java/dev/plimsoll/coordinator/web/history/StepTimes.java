package dev.plimsoll.coordinator.web.history;

/**
 * When a step came how far, in milliseconds after it was opened; -1 where it did not come there.
 *
 * @param openedMillis by the clock of the planner's machine
 * @param dispatched its first micro-batch was sent
 * @param trained its last micro-batch was accepted
 * @param contributed its last contribution was accepted
 * @param summed the last shard had its sum
 * @param ended committed, dropped or abandoned
 * @param outcome "committed", "dropped" or "abandoned"
 */
public record StepTimes(
        long step,
        long openedMillis,
        long dispatched,
        long trained,
        long contributed,
        long summed,
        long ended,
        String outcome) {

    /** How a step ends that trained. */
    public static final String COMMITTED = "committed";

    static StepTimes opened(long step, long atMillis) {
        return new StepTimes(step, atMillis, -1, -1, -1, -1, -1, "open");
    }

    private long after(long atMillis) {
        return Math.max(0, atMillis - openedMillis);
    }

    StepTimes dispatchedAt(long atMillis) {
        return dispatched >= 0
                ? this
                : new StepTimes(
                        step,
                        openedMillis,
                        after(atMillis),
                        trained,
                        contributed,
                        summed,
                        ended,
                        outcome);
    }

    StepTimes trainedAt(long atMillis) {
        return new StepTimes(
                step,
                openedMillis,
                dispatched,
                after(atMillis),
                contributed,
                summed,
                ended,
                outcome);
    }

    StepTimes contributedAt(long atMillis) {
        return new StepTimes(
                step, openedMillis, dispatched, trained, after(atMillis), summed, ended, outcome);
    }

    StepTimes summedAt(long atMillis) {
        return new StepTimes(
                step,
                openedMillis,
                dispatched,
                trained,
                contributed,
                after(atMillis),
                ended,
                outcome);
    }

    StepTimes endedAt(long atMillis, String how) {
        return new StepTimes(
                step, openedMillis, dispatched, trained, contributed, summed, after(atMillis), how);
    }
}
