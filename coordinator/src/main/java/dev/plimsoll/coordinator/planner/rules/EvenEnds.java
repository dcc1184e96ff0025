package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.SpeedForecast;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How large the next micro-batch of a worker is to be, so that all end a step together: each is
 * given its share of the step, by its speed, in equal pieces that it can hold. With nine pieces of
 * the largest size for four workers, one would train a third one alone; so each gets three smaller
 * ones. Who came late, or was slower than forecast, is given less: what is left of the step counts
 * too. A worker that has nothing to do is always given something.
 */
final class EvenEnds {
    /** At which speeds are compared: long enough that launches do not decide. */
    private static final int USUAL_TOKENS = 4_096;

    private final OpenStep step;
    private final WorkerCapacity loads;
    private final Map<String, Double> weights = new HashMap<>();
    /** In this step, to those that are ready. */
    private final Map<String, Long> givenTokens = new HashMap<>();

    private final Map<String, Long> underWayTokens = new HashMap<>();
    private final long stepTokens;
    private final long untrainedTokens;
    /** Half of what a sequence has: a piece that is cut a little too small leaves one over. */
    private final long halfSequence;

    EvenEnds(PlannerState state, StepWork work, List<Worker> ready, WorkerCapacity loads) {
        this.step = work.step();
        this.loads = loads;
        long given = 0;
        long underWay = 0;
        for (LedgerEntry entry : work.ledger().entries()) {
            long tokens = tokens(entry.ordinals());
            given += tokens;
            givenTokens.merge(entry.workerId(), tokens, Long::sum);
            if (entry.status() == Status.DISPATCHED) {
                underWay += tokens;
                underWayTokens.merge(entry.workerId(), tokens, Long::sum);
            }
        }
        stepTokens = given + step.waitingTokens();
        untrainedTokens = underWay + step.waitingTokens();
        halfSequence = step.waitingTokens() / (2L * Math.max(1, step.waiting().size()));
        weigh(state, ready);
    }

    private void weigh(PlannerState state, List<Worker> ready) {
        boolean known = ready.stream().allMatch(worker -> state.speed(worker).pace() > 0);
        ready.forEach(
                worker -> weights.put(worker.workerId(), known ? speed(state.speed(worker)) : 1.0));
        double all = ready.stream()
                .mapToDouble(worker -> weights.get(worker.workerId()))
                .sum();
        weights.replaceAll((workerId, weight) -> weight / all);
    }

    private static double speed(SpeedForecast forecast) {
        return 1.0 / Math.max(1, forecast.expectedMicros(USUAL_TOKENS));
    }

    private long tokens(List<Long> ordinals) {
        return ordinals.stream()
                .mapToLong(ordinal -> step.member(ordinal).sequence().tokens())
                .sum();
    }

    /** The worker was given these. */
    void given(Worker worker, List<Long> ordinals) {
        long tokens = tokens(ordinals);
        givenTokens.merge(worker.workerId(), tokens, Long::sum);
        underWayTokens.merge(worker.workerId(), tokens, Long::sum);
    }

    /**
     * The tokens that its next micro-batch should have; 0 when it has enough.
     *
     * @param outstanding micro-batches that it has
     */
    long targetTokens(Worker worker, int outstanding) {
        double weight = weights.get(worker.workerId());
        double ofStep = stepTokens * weight - givenTokens.getOrDefault(worker.workerId(), 0L);
        double ofRest =
                untrainedTokens * weight - underWayTokens.getOrDefault(worker.workerId(), 0L);
        long needed = (long) Math.ceil(Math.min(ofStep, ofRest));
        if (needed <= halfSequence) {
            long least =
                    Math.ceilDiv(untrainedTokens, (long) weights.size() * DispatchRules.CREDIT);
            return outstanding == 0 ? Math.max(1, least) : 0;
        }
        int capacity = loads.maxTokens(worker, false, needed);
        long pieces = Math.max(
                DispatchRules.CREDIT - outstanding, Math.ceilDiv(needed, Math.max(1, capacity)));
        return Math.ceilDiv(needed, pieces) + halfSequence;
    }
}
