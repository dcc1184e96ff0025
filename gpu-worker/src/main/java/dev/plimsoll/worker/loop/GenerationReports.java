package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;

/** What a worker says under one generation. */
record GenerationReports(String workerId, long generation) {

    Action ready(long version) {
        return said(new Report.Ready(workerId, generation, version));
    }

    Action held(long version, long digest) {
        return said(new Report.VersionHeld(workerId, generation, version, digest));
    }

    Action memory(MemoryMeasures memory) {
        return said(new Report.MemoryRead(workerId, generation, memory));
    }

    /** @param attempt under way; 0 when there is none */
    Action heartbeat(long attempt, int layersDone) {
        return said(
                new Report.Heartbeat(workerId, generation, attempt, attempt == 0 ? 0 : layersDone));
    }

    Action trained(Attempt attempt, MicroBatchResult.Trained result) {
        return said(new Report.MicroBatchTrained(
                workerId,
                generation,
                attempt,
                result.lossNats(),
                result.lossTokens(),
                Measured.of(result)));
    }

    /** @param version that is held */
    Action evaluated(Attempt attempt, long version, MicroBatchResult.Evaluated result) {
        return said(new Report.MicroBatchEvaluated(
                workerId,
                generation,
                attempt,
                version,
                result.lossNats(),
                result.lossTokens(),
                Measured.of(result)));
    }

    Action failed(Attempt attempt, MicroBatchResult.Failed result) {
        FailureReason reason = switch (result.reason()) {
            case OUT_OF_MEMORY -> FailureReason.OUT_OF_MEMORY;
            case NON_FINITE -> FailureReason.NON_FINITE;
        };
        return said(new Report.MicroBatchFailed(
                workerId,
                generation,
                attempt,
                reason,
                result.note(),
                result.wantedBytes(),
                result.card()));
    }

    /** The engine has not begun it. */
    Action notBegun(Attempt attempt, FailureReason reason, String note) {
        return said(new Report.MicroBatchFailed(workerId, generation, attempt, reason, note, 0));
    }

    Action draining(String note) {
        return said(new Report.Draining(workerId, generation, note));
    }

    Action left(String note) {
        return said(new Report.Left(workerId, generation, note));
    }

    private static Action said(Report report) {
        return new Action.SendReport(report);
    }
}
