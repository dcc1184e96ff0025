package dev.plimsoll.coordinator.web;

import dev.plimsoll.wire.protocol.MemoryMeasures;

/**
 * The last that was measured on a worker.
 *
 * @param heardMillis when it arrived, by this process's clock
 */
public record WorkerTelemetry(
        String workerId,
        long generation,
        double tokensPerSecond,
        int liveHandles,
        MemoryMeasures memory,
        long heardMillis) {}
