package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What operators ask of one worker: that it leaves, or that it is loaded as if its card were
 * smaller. Both are journaled and told to the worker; a request that makes no sense is refused by
 * name.
 */
public final class WorkerRules {

    private WorkerRules() {}

    public static void asked(Draft draft, Loading loading, Control.OfWorker asked) {
        PlannerState state = draft.state();
        if (state.checkpoints().isKnown(asked.request())) {
            draft.because("void: request " + asked.request() + " was asked for before");
            return;
        }
        Optional<Worker> worker = state.fleet().worker(asked.name());
        if (state.status().finished()) {
            refuse(draft, asked, "the run is finished");
        } else if (worker.isEmpty()) {
            refuse(draft, asked, unknown(state, asked.name()));
        } else {
            switch (asked) {
                case Control.DrainWorker drain -> drain(draft, worker.get(), drain);
                case Control.CapMemory cap -> cap(draft, loading, worker.get(), cap);
            }
        }
    }

    private static void refuse(Draft draft, Control.OfWorker asked, String note) {
        draft.because("request " + asked.request() + " is refused: " + note);
        draft.record(new JournalRecord.RequestRefused(asked.request(), note));
    }

    private static String unknown(PlannerState state, String name) {
        String there = state.fleet().workers().stream()
                .map(Worker::workerId)
                .collect(Collectors.joining(", "));
        return "there is no worker " + name + " in the fleet; "
                + (there.isEmpty() ? "there is none now" : "there are: " + there);
    }

    /** One that is not ready has not begun to read its lane: it is told when it is. */
    private static void drain(Draft draft, Worker worker, Control.DrainWorker asked) {
        if (worker.draining()) {
            refuse(draft, asked, "worker " + worker.workerId() + " drains already");
            return;
        }
        String note = "by " + asked.requestedBy();
        draft.because(worker.label() + " is to leave, " + note);
        draft.record(new JournalRecord.WorkerDraining(
                worker.workerId(), worker.generation(), note, Optional.of(asked.request())));
        draft.command(new Command.Drain(worker.workerId(), worker.generation(), note));
    }

    private static void cap(Draft draft, Loading loading, Worker worker, Control.CapMemory asked) {
        Optional<String> problem =
                asked.capBytes() == 0 ? uncapped(worker) : tooLow(draft.state(), loading, asked);
        if (problem.isPresent()) {
            refuse(draft, asked, problem.get());
            return;
        }
        String note = asked.capBytes() == 0
                ? "its cap is taken away by " + asked.requestedBy()
                : "capped at " + MemoryLine.text(asked.capBytes()) + " by " + asked.requestedBy();
        draft.because(worker.label() + ": " + note);
        draft.record(new JournalRecord.MemoryCapped(
                worker.workerId(), asked.capBytes(), asked.request(), note));
        draft.command(
                new Command.CapMemory(worker.workerId(), worker.generation(), asked.capBytes()));
        Worker capped = draft.state().fleet().worker(worker.workerId()).orElseThrow();
        MemoryRules.recall(draft, loading, capped);
    }

    private static Optional<String> uncapped(Worker worker) {
        return worker.capBytes() > 0
                ? Optional.empty()
                : Optional.of("worker " + worker.workerId() + " has no cap");
    }

    /**
     * It needs what it uses between micro-batches, and beyond that what the longest sequence takes
     * that waits now, alone and under the fullest plan. A cap is of each card: of several cards the
     * one that needs most decides.
     */
    private static Optional<String> tooLow(
            PlannerState state, Loading loading, Control.CapMemory asked) {
        Worker worker = state.fleet().worker(asked.name()).orElseThrow();
        int tokens = Math.max(FailureRules.LEAST_TOKEN_LIMIT, longestTokens(state));
        List<Long> priors = loading.priorBytes(worker.device(), List.of(tokens), Loading.FULLEST);
        long least = 0;
        String why = "";
        for (int card = 0; card < worker.cards(); card++) {
            Optional<MemoryLine> memory = worker.memory(card);
            if (memory.isEmpty()) {
                return Optional.of("worker " + worker.workerId()
                        + " has not told what its card has; ask again when it is ready, and never "
                        + "for one whose memory is not measured");
            }
            long used = memory.get().usedBytes();
            long alone = state.forecast(worker, card).bound(priors.get(card));
            if (MemoryLine.leastCap(used + alone) > least) {
                least = MemoryLine.leastCap(used + alone);
                why = (worker.isWide() ? "its card " + card : "it") + " uses "
                        + MemoryLine.text(used) + " between micro-batches, and a sequence of "
                        + tokens + " tokens takes up to " + MemoryLine.text(alone);
            }
        }
        return asked.capBytes() >= least
                ? Optional.empty()
                : Optional.of("a cap of " + asked.capBytes() + " bytes is below what worker "
                        + worker.workerId() + " needs; the least is " + least + ": " + why);
    }

    /** Of the longest sequence that waits, is in an open step, or is evaluated; 0 without one. */
    private static int longestTokens(PlannerState state) {
        int inSteps = state.steps().stream()
                .flatMap(work -> work.step().members().stream())
                .mapToInt(member -> member.sequence().tokens())
                .max()
                .orElse(0);
        return Math.max(
                Math.max(inSteps, state.backlog().longestTokens()),
                state.evaluations().longestTokens());
    }
}
