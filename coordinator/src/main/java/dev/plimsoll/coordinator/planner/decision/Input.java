package dev.plimsoll.coordinator.planner.decision;

import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.sample.SampleOrigin;

/**
 * What reaches the planner. Inputs of one partition come in order. Any input may repeat, and any
 * may be late.
 */
public sealed interface Input {
    /** A sequence was read from the topic {@code tokenized}. */
    record SampleArrived(SequenceRef sequence, String sampleId, SampleOrigin origin, String source)
            implements Input {

        /** Of the default source. */
        public SampleArrived(SequenceRef sequence, String sampleId, SampleOrigin origin) {
            this(sequence, sampleId, origin, SourceName.DEFAULT);
        }
    }

    /** A worker or a shard said something. */
    record Reported(Report report) implements Input {}

    /**
     * An operator asked for something. A Finish is given once everything submitted before it has
     * arrived.
     */
    record Asked(Control control) implements Input {}

    /** Time passed; the planner looks at leases and at the linger. */
    record Tick() implements Input {}

    /** Records of a partition, from inclusive to exclusive, were deleted before they were read. */
    record InputsDeleted(String partition, long fromOffset, long toOffset) implements Input {}
}
