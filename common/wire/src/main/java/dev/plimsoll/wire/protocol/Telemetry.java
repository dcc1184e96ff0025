package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.codec.Checked;
import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Measurements. Nothing depends on their delivery: may be lost, repeated or late. */
@WireFamily(name = "plimsoll.telemetry")
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Telemetry extends Checked {

    /** The record key. */
    String source();

    @Override
    default Optional<String> impossible() {
        return TelemetryBounds.impossible(this);
    }

    /** After each micro-batch, trained or failed. */
    @WireName("MicroBatchMeasured")
    record MicroBatchMeasured(
            String workerId,
            long generation,
            Attempt attempt,
            TrainMeasures measures,
            MemoryMeasures memory)
            implements Telemetry {
        @Override
        public String source() {
            return workerId;
        }
    }

    /**
     * Every second. {@code tokensPerSecond} is over the time since the last one.
     *
     * @param pinnedBytes host memory that the worker has pinned for what layers leave there
     */
    @WireName("WorkerMeasured")
    record WorkerMeasured(
            String workerId,
            long generation,
            double tokensPerSecond,
            int liveHandles,
            MemoryMeasures memory,
            @AddedLater("0") long pinnedBytes)
            implements Telemetry {
        @Override
        public String source() {
            return workerId;
        }
    }

    /** The coordinator is alive; another that sees it does not start. */
    @WireName("CoordinatorBeat")
    record CoordinatorBeat(String runId, String incarnation, long beat) implements Telemetry {
        @Override
        public String source() {
            return "coordinator";
        }
    }

    /** With each beat of a coordinator whose planner knows of a source. */
    @WireName("SourcesMeasured")
    record SourcesMeasured(String runId, SortedMap<String, SourceMeasures> sources)
            implements Telemetry {
        public SourcesMeasured {
            sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
        }

        @Override
        public String source() {
            return "coordinator";
        }
    }
}
