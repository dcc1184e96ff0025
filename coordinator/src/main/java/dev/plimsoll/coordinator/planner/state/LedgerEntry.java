package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.journal.JournalRecord.MicroBatchDispatched;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.List;

/**
 * One attempt of the open step.
 *
 * @param lossNats 0 until trained
 * @param contribution the contribution it is asked or accepted in; 0 while none. It may be asked
 *     for while it is dispatched: then it is asked once it is trained.
 */
public record LedgerEntry(
        MicroBatchDispatched dispatched,
        long lossTokens,
        Status status,
        double lossNats,
        long contribution) {
    /** The course of an attempt that succeeds; one that does not leaves the ledger. */
    public enum Status {
        DISPATCHED,
        TRAINED,
        ASKED,
        CONTRIBUTED
    }

    static LedgerEntry of(MicroBatchDispatched dispatched, long lossTokens) {
        return new LedgerEntry(dispatched, lossTokens, Status.DISPATCHED, 0, 0);
    }

    public Attempt attempt() {
        return dispatched.attempt();
    }

    public String workerId() {
        return dispatched.workerId();
    }

    public long generation() {
        return dispatched.generation();
    }

    public List<Long> ordinals() {
        return dispatched.ordinals();
    }

    public MemoryPlan plan() {
        return dispatched.plan();
    }

    public boolean isOf(String workerId, long generation) {
        return workerId().equals(workerId) && generation() == generation;
    }

    LedgerEntry trained(double nats) {
        Status next = contribution == 0 ? Status.TRAINED : Status.ASKED;
        return new LedgerEntry(dispatched, lossTokens, next, nats, contribution);
    }

    LedgerEntry asked(long inContribution) {
        Status next = status == Status.TRAINED ? Status.ASKED : status;
        return new LedgerEntry(dispatched, lossTokens, next, lossNats, inContribution);
    }

    /** The contribution will not come; what is trained is still in its worker's sum. */
    LedgerEntry unasked() {
        Status before = status == Status.ASKED ? Status.TRAINED : status;
        return new LedgerEntry(dispatched, lossTokens, before, lossNats, 0);
    }

    LedgerEntry contributed() {
        return new LedgerEntry(dispatched, lossTokens, Status.CONTRIBUTED, lossNats, contribution);
    }
}
