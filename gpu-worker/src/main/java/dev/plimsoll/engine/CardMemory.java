package dev.plimsoll.engine;

/**
 * What a micro-batch took of one card.
 *
 * @param peakBytes most bytes of live tensors during the micro-batch
 * @param usedBytes bytes of live tensors after it
 * @param reservedBytes bytes that the allocator held from the device after it
 */
public record CardMemory(long peakBytes, long usedBytes, long reservedBytes) {

    public static CardMemory of(MemoryReading reading) {
        return new CardMemory(reading.peakBytes(), reading.usedBytes(), reading.reservedBytes());
    }
}
