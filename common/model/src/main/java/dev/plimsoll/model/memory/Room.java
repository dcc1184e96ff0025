package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.WorkerDevice;

/**
 * What a worker has for a micro-batch, and what is known of cards like its.
 *
 * @param bytes beyond what is in use between micro-batches
 */
public record Room(WorkerDevice device, MemoryForecast memory, SpeedForecast speed, long bytes) {}
