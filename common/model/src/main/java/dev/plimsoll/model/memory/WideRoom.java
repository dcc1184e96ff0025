package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.List;

/**
 * What a worker with several cards has for a micro-batch.
 *
 * @param cards in their order
 * @param speed of all of them together
 */
public record WideRoom(WorkerDevice device, List<CardRoom> cards, SpeedForecast speed) {

    /**
     * @param memory what is known of cards like it, with a part like its
     * @param bytes beyond what is in use between micro-batches; {@link Long#MAX_VALUE} where it is
     *     not measured
     */
    public record CardRoom(MemoryForecast memory, long bytes) {}

    public WideRoom {
        cards = List.copyOf(cards);
    }
}
