package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Lengths;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.TimedMicroBatch;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;

import java.util.Optional;

/** The memory loop: learns what micro-batches needed, and moves the lines with what cards have. */
public final class MemoryRules {
    /**
     * When a failure for lack of memory has lowered a token limit, every micro-batch that came near
     * the limit lets it grow by this part.
     */
    private static final int GROWTH_PART = 8;

    private MemoryRules() {}

    public static void read(Draft draft, Loading loading, Worker worker, MemoryMeasures memory) {
        if (draft.state().status().finished()) {
            return;
        }
        MemoryLine.after(worker.memory(), memory, draft.nowMillis()).ifPresent(change -> {
            draft.because(worker.label() + ": " + change.note());
            draft.record(new JournalRecord.MemoryLineChanged(
                    worker.workerId(),
                    change.line().usedBytes(),
                    change.line().lineBytes(),
                    change.line().changedAtMillis(),
                    change.note()));
            long room = change.line().under(worker.capBytes()).roomBytes();
            recall(draft, loading, worker, room);
        });
    }

    /**
     * Recalls attempts that were dispatched under a higher line and no longer fit. An attempt that
     * has begun is not given back.
     */
    static void recall(Draft draft, Loading loading, Worker worker, long room) {
        if (draft.state().inWork().isEmpty()) {
            return;
        }
        OpenStep step = draft.state().inWork().get().step();
        for (LedgerEntry entry : draft.state().ledger().with(LedgerEntry.Status.DISPATCHED)) {
            boolean fullest = entry.plan().equals(Loading.FULLEST);
            if (entry.isOf(worker.workerId(), worker.generation()) && !fullest) {
                long prior = loading.priorBytes(
                        worker.admission().device(), step.tokens(entry.ordinals()), entry.plan());
                if (draft.state().forecast(worker).bound(prior) > room) {
                    draft.because("attempt " + entry.attempt().attempt() + " is recalled");
                    draft.command(new Command.Recall(
                            worker.workerId(), worker.generation(), entry.attempt()));
                }
            }
        }
    }

    public static void trained(
            Draft draft,
            Loading loading,
            Worker worker,
            LedgerEntry entry,
            Report.MicroBatchTrained report) {
        if (worker.memory().isEmpty() || isLost(draft, worker)) {
            return;
        }
        int tokens = report.measures().tokens();
        long work = report.measures().peakBytes() - worker.memory().get().usedBytes();
        if (work > 0 && tokens > 0) {
            long prior = loading.priorBytes(worker.admission().device(), tokens, entry.plan());
            double cost = loading.cost(entry.plan());
            long micros = report.measures().forwardMicros() + report.measures().backwardMicros();
            draft.record(new JournalRecord.MicroBatchWeighed(
                    worker.card(), prior, work, tokens * cost, micros, timed(draft, entry, cost)));
        }
        int ceiling = draft.state().run().fleet().maxMicroBatchTokens();
        int limit = worker.maxTokens();
        if (limit < ceiling && tokens <= limit && tokens >= limit - limit / GROWTH_PART) {
            int grown = Math.min(ceiling, limit + limit / GROWTH_PART);
            draft.record(new JournalRecord.LoadLineChanged(
                    worker.workerId(), grown, "grows again after " + tokens + " tokens went well"));
        }
    }

    /**
     * A micro-batch that was forecast to fit ran out of memory: it needed more than there was, and
     * that is learned. When the line has dropped below the forecast since the dispatch, other
     * processes took the memory, and nothing is learned. A worker reports its memory before it
     * reports the failure.
     *
     * @return whether others took the memory
     */
    public static boolean failed(
            Draft draft,
            Loading loading,
            Worker worker,
            LedgerEntry entry,
            Report.MicroBatchFailed report) {
        if (report.reason() != FailureReason.OUT_OF_MEMORY || worker.memory().isEmpty()) {
            return false;
        }
        int tokens = draft.state().inWork().orElseThrow().step().tokens(entry.ordinals());
        long prior = loading.priorBytes(worker.admission().device(), tokens, entry.plan());
        long room = worker.memory().get().roomBytes();
        if (draft.state().forecast(worker).bound(prior) > room) {
            return true;
        }
        draft.record(new JournalRecord.MicroBatchWeighed(
                worker.card(), prior, room + report.wantedBytes(), 0, 0, Optional.empty()));
        return false;
    }

    private static Optional<TimedMicroBatch> timed(Draft draft, LedgerEntry entry, double cost) {
        Lengths lengths = draft.state().steps().stream()
                .map(StepWork::step)
                .filter(step -> step.step() == entry.attempt().step())
                .findFirst()
                .orElseThrow()
                .lengths(entry.ordinals());
        return Optional.of(new TimedMicroBatch(
                entry.plan(),
                cost,
                lengths.tokens(),
                lengths.squares(),
                entry.dispatched().bestMicros()));
    }

    /** Whether its report made the planner end its generation. */
    private static boolean isLost(Draft draft, Worker worker) {
        return draft.state()
                .fleet()
                .current(worker.workerId(), worker.generation())
                .isEmpty();
    }
}
