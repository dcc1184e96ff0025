package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;

/** A sequence in the planner's care, and the sample it came from. */
public record AdmittedSample(SequenceRef sequence, String sampleId, SampleOrigin origin) {
    public long ordinal() {
        return sequence.ordinal();
    }
}
