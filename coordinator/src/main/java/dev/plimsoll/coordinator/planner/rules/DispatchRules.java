package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.RetryLimits;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Gives waiting sequences to ready workers with credit. */
public final class DispatchRules {
    /**
     * Micro-batches a worker may have at once: one in work, one to follow, so that it never waits.
     */
    public static final int CREDIT = 2;

    private static final String REMEDIES =
            "; what helps: a worker with precision=nf4, with optimizer-on=host, with a larger card "
                    + "or with several (devices=0,1), or a run with a smaller lora-rank";

    private DispatchRules() {}

    /** @param work that is in work: the step that is trained, or the evaluation that is open */
    public static void run(Draft draft, StepWork work, Loading loading) {
        OpenStep step = work.step();
        List<Worker> ready = draft.state().fleet().ready();
        if (draft.state().status().paused() || ready.isEmpty()) {
            return;
        }
        rejectWhatFitsNoWorker(draft, step, ready);
        Map<String, Worker> candidates = new TreeMap<>();
        ready.stream()
                .filter(worker -> mayTrain(draft.state(), worker))
                .forEach(worker -> candidates.put(worker.workerId(), worker));
        Map<String, Integer> outstanding = outstanding(draft.state());
        Optional<Worker> next = leastLoaded(candidates, outstanding);
        if (step.waiting().isEmpty() || next.isEmpty()) {
            return;
        }
        long targetTokens =
                Math.ceilDiv(untrainedTokens(draft.state(), step), (long) ready.size() * CREDIT);
        WaitingPool pool = new WaitingPool(step);
        WorkerCapacity loads =
                new WorkerCapacity(loading, draft.state(), step.step() == Attempt.NO_STEP);
        while (next.isPresent()) {
            Worker worker = next.get();
            Optional<WaitingPool.Composed> composed = pool.next(worker, loads, targetTokens);
            if (composed.isPresent()) {
                dispatch(draft, step, worker, composed.get());
                outstanding.merge(worker.workerId(), 1, Integer::sum);
            } else {
                candidates.remove(worker.workerId());
            }
            next = leastLoaded(candidates, outstanding);
        }
    }

    /**
     * While a step settles, only its author has the version that the next is trained on. All that
     * settle have one author: the next opens only for a worker that is alone.
     */
    private static boolean mayTrain(PlannerState state, Worker worker) {
        List<StepWork> steps = state.steps();
        return steps.subList(0, Math.max(0, steps.size() - 1)).stream()
                .flatMap(work -> work.whole().stream())
                .allMatch(asked -> asked.workerId().equals(worker.workerId())
                        && asked.generation() == worker.generation());
    }

    /**
     * The tokens that are left of the step. Each worker gets a part of them, so that the end of a
     * step is spread over all workers.
     */
    private static long untrainedTokens(PlannerState state, OpenStep step) {
        long underWay = state.ledger().with(Status.DISPATCHED).stream()
                .flatMap(entry -> entry.ordinals().stream())
                .mapToLong(ordinal -> step.member(ordinal).sequence().tokens())
                .sum();
        return step.waitingTokens() + underWay;
    }

    private static Map<String, Integer> outstanding(PlannerState state) {
        Map<String, Integer> outstanding = new HashMap<>();
        state.ledger()
                .with(Status.DISPATCHED)
                .forEach(entry -> outstanding.merge(entry.workerId(), 1, Integer::sum));
        return outstanding;
    }

    private static Optional<Worker> leastLoaded(
            Map<String, Worker> candidates, Map<String, Integer> outstanding) {
        return candidates.values().stream()
                .filter(worker -> outstanding.getOrDefault(worker.workerId(), 0) < CREDIT)
                .min(Comparator.comparingInt(
                        worker -> outstanding.getOrDefault(worker.workerId(), 0)));
    }

    private static void dispatch(
            Draft draft, OpenStep step, Worker worker, WaitingPool.Composed composed) {
        Attempt attempt = new Attempt(draft.state().nextAttempt(), step.step());
        draft.record(new JournalRecord.MicroBatchDispatched(
                attempt,
                worker.workerId(),
                worker.generation(),
                composed.ordinals(),
                composed.planned().plan(),
                composed.planned().bestMicros()));
        draft.command(
                attempt.evaluates()
                        ? new Command.EvaluateMicroBatch(
                                worker.workerId(),
                                worker.generation(),
                                attempt,
                                step.baseVersion(),
                                composed.sequences(),
                                composed.planned().plan())
                        : new Command.TrainMicroBatch(
                                worker.workerId(),
                                worker.generation(),
                                attempt,
                                step.baseVersion(),
                                composed.sequences(),
                                composed.planned().plan()));
    }

    private static void rejectWhatFitsNoWorker(Draft draft, OpenStep step, List<Worker> ready) {
        List<String> readyIds = ready.stream().map(Worker::workerId).toList();
        List<Long> unfit = step.failedBefore().stream()
                .filter(ordinal -> step.retryLimits(ordinal).unfitWorkers().containsAll(readyIds))
                .toList();
        for (long ordinal : unfit) {
            RetryLimits limits = step.retryLimits(ordinal);
            draft.reject(
                    step.member(ordinal),
                    RejectionReason.OUT_OF_MEMORY,
                    "alone and under the fullest memory plan it fits none of "
                            + limits.unfitWorkers() + ": " + limits.note() + REMEDIES);
        }
    }
}
