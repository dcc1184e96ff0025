package dev.plimsoll.coordinator.web.live;

import dev.plimsoll.coordinator.web.PlannerDetail;
import dev.plimsoll.coordinator.web.history.StepTimes;

import java.util.List;
import java.util.Optional;

/**
 * When what is known of is trained, at the speed of the last steps.
 *
 * @param samples that are left
 * @param seconds empty before two steps were committed
 */
record TimeLeft(long samples, Optional<Long> seconds) {

    private static final int MOST_STEPS = 50;

    /**
     * @param unread samples that were submitted and did not reach the planner
     * @param steps the last that ended, in their order
     * @param samplesOf a step, in the mean
     */
    static TimeLeft of(
            PlannerDetail.Left left, long unread, List<StepTimes> steps, double samplesOf) {
        long samples = left.samples() + unread;
        List<StepTimes> committed = steps.stream()
                .filter(step -> step.outcome().equals("committed"))
                .toList();
        committed = committed.subList(Math.max(0, committed.size() - MOST_STEPS), committed.size());
        if (committed.size() < 2 || samplesOf <= 0) {
            return new TimeLeft(samples, samples == 0 ? Optional.of(0L) : Optional.empty());
        }
        double each = (end(committed.getLast()) - end(committed.getFirst()))
                / 1e3
                / (committed.size() - 1);
        double toDo = samples / samplesOf;
        double most = left.steps() == null ? toDo : Math.min(toDo, left.steps());
        return new TimeLeft(samples, Optional.of(Math.round(Math.ceil(most) * each)));
    }

    private static long end(StepTimes step) {
        return step.openedMillis() + step.ended();
    }
}
