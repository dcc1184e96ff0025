package dev.plimsoll.wire.protocol;

import dev.plimsoll.wire.codec.Impossible;

import java.util.Optional;

/** What no telemetry can say, whoever sent it. */
final class TelemetryBounds {

    private static final int SOURCES = 4_096;

    private TelemetryBounds() {}

    static Optional<String> impossible(Telemetry telemetry) {
        Impossible impossible = new Impossible();
        switch (telemetry) {
            case Telemetry.MicroBatchMeasured measured -> {
                impossible
                        .id("workerId", measured.workerId())
                        .amount("generation", measured.generation());
                ReportBounds.measures(measured.measures(), impossible);
                ReportBounds.memory(measured.memory(), impossible);
            }
            case Telemetry.WorkerMeasured measured -> {
                impossible
                        .id("workerId", measured.workerId())
                        .amount("generation", measured.generation())
                        .amount("pinnedBytes", measured.pinnedBytes())
                        .when(
                                !(measured.tokensPerSecond() >= 0
                                        && measured.tokensPerSecond() < 1e15),
                                "tokensPerSecond is " + measured.tokensPerSecond());
                ReportBounds.memory(measured.memory(), impossible);
            }
            case Telemetry.CoordinatorBeat beat ->
                impossible.text("runId", beat.runId()).id("incarnation", beat.incarnation());
            case Telemetry.SourcesMeasured sources -> {
                impossible
                        .text("runId", sources.runId())
                        .when(
                                sources.sources().size() > SOURCES,
                                "it has " + sources.sources().size() + " sources");
                sources.sources().keySet().forEach(name -> impossible.id("source", name));
            }
        }
        return impossible.found();
    }
}
