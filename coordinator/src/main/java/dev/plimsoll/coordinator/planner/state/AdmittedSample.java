package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;

/** A sequence that the planner has admitted, and the sample that it came from. */
public record AdmittedSample(SequenceRef sequence, String sampleId, SampleOrigin origin) {
    public long ordinal() {
        return sequence.ordinal();
    }
}
