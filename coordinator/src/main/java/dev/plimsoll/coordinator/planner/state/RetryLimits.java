package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord.MicroBatchReturned;
import dev.plimsoll.wire.protocol.FailureReason;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a sequence's failed attempts ask of the next one.
 *
 * @param maxSequences the most sequences that may share its micro-batch; 0: no limit
 * @param fullestPlan it is to be trained under {@link Loading#FULLEST}
 * @param unreadableAlone attempts, alone, that could not read it
 * @param unfitWorkers workers it does not fit, alone and under the fullest plan
 * @param note of the last failure
 */
public record RetryLimits(
        int maxSequences,
        boolean fullestPlan,
        int unreadableAlone,
        SortedSet<String> unfitWorkers,
        String note) {
    public static final RetryLimits NONE = new RetryLimits(0, false, 0, new TreeSet<>(), "");

    RetryLimits after(MicroBatchReturned returned, LedgerEntry entry) {
        if (returned.reason() == FailureReason.RECALLED) {
            return this;
        }
        boolean alone = entry.ordinals().size() == 1;
        boolean memory = returned.reason() == FailureReason.OUT_OF_MEMORY;
        SortedSet<String> unfit = new TreeSet<>(unfitWorkers);
        if (memory && alone && entry.plan().equals(Loading.FULLEST)) {
            unfit.add(entry.workerId());
        }
        boolean unreadable = returned.reason() == FailureReason.UNREADABLE_SEQUENCE;
        return new RetryLimits(
                returned.maxSequences(),
                fullestPlan || memory,
                unreadableAlone + (unreadable && alone ? 1 : 0),
                unfit,
                returned.note());
    }
}
