package dev.plimsoll.coordinator.web;

import dev.plimsoll.wire.protocol.MemoryMeasures;

/**
 * The last that was measured on a worker.
 *
 * @param pinnedBytes of host memory, for what layers leave there as a memory plan says
 * @param heardMillis when it arrived, by this process's clock
 */
public record WorkerTelemetry(
        String workerId,
        long generation,
        double tokensPerSecond,
        int liveHandles,
        MemoryMeasures memory,
        long pinnedBytes,
        long heardMillis) {}
