package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;

/** The memory loop: what micro-batches needed, what cards have, and what follows for the lines. */
public final class MemoryRules {
    /**
     * A token line that an out of memory lowered grows by this part with every micro-batch that
     * came near it.
     */
    private static final int GROWTH_PART = 8;

    private MemoryRules() {}

    public static void read(Draft draft, Loading loading, Worker worker, MemoryMeasures memory) {
        if (draft.state().progress().finished()) {
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
            recall(draft, loading, worker, change.line().roomBytes());
        });
    }

    /**
     * What was dispatched under a higher line and no longer fits comes back, unless it has begun.
     */
    private static void recall(Draft draft, Loading loading, Worker worker, long room) {
        if (draft.state().open().isEmpty()) {
            return;
        }
        OpenStep step = draft.state().open().get();
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
            double costTokens = tokens * loading.cost(entry.plan());
            long micros = report.measures().forwardMicros() + report.measures().backwardMicros();
            draft.record(new JournalRecord.MicroBatchWeighed(
                    worker.card(), prior, work, costTokens, micros));
        }
        int ceiling = draft.state().run().fleet().maxMicroBatchTokens();
        int line = worker.maxTokens();
        if (line < ceiling && tokens <= line && tokens >= line - line / GROWTH_PART) {
            int grown = Math.min(ceiling, line + line / GROWTH_PART);
            draft.record(new JournalRecord.LoadLineChanged(
                    worker.workerId(), grown, "grows again after " + tokens + " tokens went well"));
        }
    }

    /**
     * An out of memory in spite of the forecast: it needed more than there was. Unless the line has
     * dropped below the forecast since it was dispatched: workers say what they have before they
     * say that they failed. Then others took the memory, and nothing is learned.
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
        int tokens = draft.state().open().orElseThrow().tokens(entry.ordinals());
        long prior = loading.priorBytes(worker.admission().device(), tokens, entry.plan());
        long room = worker.memory().get().roomBytes();
        if (draft.state().forecast(worker).bound(prior) > room) {
            return true;
        }
        draft.record(new JournalRecord.MicroBatchWeighed(
                worker.card(), prior, room + report.wantedBytes(), 0, 0));
        return false;
    }

    /** Its report made the planner end its generation. */
    private static boolean isLost(Draft draft, Worker worker) {
        return draft.state()
                .fleet()
                .current(worker.workerId(), worker.generation())
                .isEmpty();
    }
}
