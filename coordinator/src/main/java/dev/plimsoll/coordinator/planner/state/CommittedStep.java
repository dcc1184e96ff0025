package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.journal.JournalRecord.ClipFixed;
import dev.plimsoll.wire.journal.JournalRecord.StepCommitted;
import dev.plimsoll.wire.protocol.SumSource;

/**
 * All that a replica needs, besides the version before, to make the version of a step.
 *
 * @param update Adam's t
 */
public record CommittedStep(ClipFixed clip, long version, long update, SumSource source) {

    static CommittedStep of(ClipFixed clip, StepCommitted committed) {
        return new CommittedStep(
                clip,
                committed.version(),
                committed.update(),
                committed.source().orElseThrow());
    }

    public long step() {
        return clip.step();
    }
}
