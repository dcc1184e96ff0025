package dev.plimsoll.coordinator.planner;

import dev.plimsoll.wire.SampleOrigin;
import dev.plimsoll.wire.SequenceRef;

/** A sequence in the planner's care, and the sample it came from. */
public record AdmittedSample(SequenceRef sequence, String sampleId, SampleOrigin origin) {
    public long ordinal() {
        return sequence.ordinal();
    }
}
