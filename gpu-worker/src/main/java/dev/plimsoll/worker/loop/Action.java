package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.Telemetry;

import java.util.List;

/**
 * What the loop wants done. Engine actions are done in the order given; everything else may
 * overtake them.
 */
public sealed interface Action {

    record SendReport(Report report) implements Action {}

    /** Nothing depends on its delivery. */
    record SendTelemetry(Telemetry telemetry) implements Action {}

    /** Read this lane from its end, besides lane 0; answered by {@link Input.LaneRead}. */
    record ReadLane(int lane) implements Action {}

    /**
     * Load the version into the engine once the topic has all of it; answered by
     * {@link Input.AdapterLoaded}.
     */
    record LoadAdapter(long version) implements Action {}

    /** Answered by {@link Input.SequencesRead} or {@link Input.SequencesUnreadable}. */
    record ReadSequences(Attempt attempt, List<SequenceRef> sequences) implements Action {}

    /**
     * Engine: answered by {@link Input.MicroBatchDone}.
     *
     * @param generation for which it is trained; measurements of it are sent under this one
     */
    record Train(Attempt attempt, long generation, List<PackedSequence> sequences, MemoryPlan plan)
            implements Action {}

    /**
     * Engine: copy the sum and publish it under this manifest; answered by
     * {@link Input.SumPublished} once the broker has acknowledged all of it. {@link ZeroSum}
     * follows, and does not wait for that.
     */
    record PublishSum(ContributionManifest manifest) implements Action {}

    /** Engine: not answered. */
    record ZeroSum() implements Action {}

    /**
     * Send everything that was said, then end the process, because the coordinator refused it or
     * because it left; the note is for a person.
     */
    record Stop(boolean refused, String note) implements Action {}
}
