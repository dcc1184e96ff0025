package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.sample.SampleOrigin;

/**
 * A sequence that the planner has admitted, and the sample that it came from.
 *
 * @param source which operators weigh, pause or remove
 */
public record AdmittedSample(
        SequenceRef sequence,
        String sampleId,
        SampleOrigin origin,

        @AddedLater("\"default\"")
        @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = SourceName.Unnamed.class)
        String source) {

    /** Of the default source. */
    public AdmittedSample(SequenceRef sequence, String sampleId, SampleOrigin origin) {
        this(sequence, sampleId, origin, SourceName.DEFAULT);
    }

    public long ordinal() {
        return sequence.ordinal();
    }
}
