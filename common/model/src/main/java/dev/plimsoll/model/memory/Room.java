package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.WorkerDevice;

/**
 * What a worker has for a micro-batch, and what is known of cards like its.
 *
 * @param bytes beyond what is in use between micro-batches
 */
public record Room(WorkerDevice device, MemoryForecast memory, SpeedForecast speed, long bytes) {

    private static final int LEFT_BY_TRIALS = 16;

    /**
     * For a micro-batch that tries another plan: it is to tell a time and need not fill the card.
     * Free memory lies in other pieces under a plan that has not run lately, so that what fits by
     * its bytes may be refused.
     */
    Room ofTrials() {
        return new Room(device, memory, speed, bytes - bytes / LEFT_BY_TRIALS);
    }
}
