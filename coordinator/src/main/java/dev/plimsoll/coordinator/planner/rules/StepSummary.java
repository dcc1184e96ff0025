package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.wire.journal.JournalRecord.ClipFixed;
import dev.plimsoll.wire.journal.StepRecord;

import java.util.Collection;

/** A committed step's line for people. */
final class StepSummary {
    private StepSummary() {}

    static StepRecord of(
            OpenStep step, ClipFixed clip, Collection<LedgerEntry> entries, long nowMillis) {
        double lossNats = 0;
        long lossTokens = 0;
        for (LedgerEntry entry : entries) {
            lossNats += entry.lossNats();
            lossTokens += entry.lossTokens();
        }
        long tokens = step.members().stream()
                .mapToLong(member -> member.sequence().tokens())
                .sum();
        int workers =
                (int) entries.stream().map(LedgerEntry::workerId).distinct().count();
        // the clock may have been set back
        long stepMillis = Math.max(1, nowMillis - step.openedAtMillis());
        return new StepRecord(
                step.step(),
                step.baseVersion() + 1,
                lossNats / lossTokens,
                new StepRecord.StepCounts(
                        tokens, lossTokens, step.members().size(), entries.size(), workers),
                new StepRecord.StepRates(
                        clip.gradientNorm(),
                        clip.learningRate(),
                        stepMillis,
                        tokens * 1000.0 / stepMillis),
                step.notes().all());
    }
}
