package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.sample.RejectionReason;

/**
 * Decides what follows from a micro-batch that failed and added nothing to the sum. It is split
 * until the sequence that fails is alone.
 */
public final class FailureRules {
    /** A token limit never drops below this many tokens. */
    static final int LEAST_TOKEN_LIMIT = 64;

    private static final int UNREADABLE_ATTEMPTS = 2;

    private FailureRules() {}

    /**
     * @param others whether another process took the memory that was missing; then the failure says
     *     nothing about how many tokens fit
     */
    public static void failed(
            Draft draft,
            Worker worker,
            LedgerEntry entry,
            Report.MicroBatchFailed report,
            boolean others) {
        OpenStep step = draft.state().inWork().orElseThrow().step();
        int sequences = entry.ordinals().size();
        String note = report.wantedBytes() > 0
                ? report.note() + " (wanted " + report.wantedBytes() + " bytes"
                        + where(worker, report) + ")"
                : report.note();
        if (report.reason() == FailureReason.RECALLED) {
            draft.because(worker.label() + " hands attempt " + entry.attempt().attempt() + " back");
            draft.record(new JournalRecord.MicroBatchReturned(
                    entry.attempt(), report.reason(), report.note(), 0));
            return;
        }
        draft.because(worker.label() + " failed attempt " + entry.attempt().attempt() + ", "
                + report.reason());
        draft.record(new JournalRecord.MicroBatchReturned(
                entry.attempt(), report.reason(), note, Math.ceilDiv(sequences, 2)));
        if (report.reason() == FailureReason.OUT_OF_MEMORY && !others) {
            lowerTokenLimit(draft, worker, MemoryRules.limitedTokens(worker, step, entry));
        }
        if (sequences == 1) {
            alone(draft, step, entry.ordinals().getFirst(), report.reason(), note);
        }
    }

    private static String where(Worker worker, Report.MicroBatchFailed report) {
        return worker.isWide() ? " on its card " + report.card() : "";
    }

    /**
     * A sequence that is out of memory is left to {@link DispatchRules}: it may fit another worker.
     */
    private static void alone(
            Draft draft, OpenStep step, long ordinal, FailureReason reason, String note) {
        switch (reason) {
            case OUT_OF_MEMORY, RECALLED -> {}
            case NON_FINITE -> notFinite(draft, step.member(ordinal), note);
            case UNREADABLE_SEQUENCE -> {
                if (step.retryLimits(ordinal).unreadableAlone() >= UNREADABLE_ATTEMPTS) {
                    draft.reject(step.member(ordinal), RejectionReason.UNREADABLE_SEQUENCE, note);
                }
            }
        }
    }

    private static void notFinite(Draft draft, AdmittedSample sample, String note) {
        draft.reject(sample, RejectionReason.NON_FINITE, note);
        if (draft.state().run().steps().pauseOnNonFinite()
                && !draft.state().status().paused()) {
            draft.record(new JournalRecord.PauseChanged(
                    true,
                    "sample " + sample.sampleId()
                            + " is not finite and was rejected; resume to go on without it"));
        }
    }

    /**
     * A micro-batch with more tokens than the limit, dispatched earlier or a single long sequence,
     * says nothing about the limit.
     */
    private static void lowerTokenLimit(Draft draft, Worker worker, long failedTokens) {
        int lowered = (int) Math.max(LEAST_TOKEN_LIMIT, failedTokens / 2);
        if (failedTokens <= worker.maxTokens() && lowered < worker.maxTokens()) {
            draft.record(new JournalRecord.LoadLineChanged(
                    worker.workerId(), lowered, "out of memory with " + failedTokens + " tokens"));
        }
    }
}
