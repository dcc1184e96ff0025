package dev.plimsoll.engine;

/**
 * @param usedBytes live tensors
 * @param peakBytes most live tensors since the last reset
 * @param reservedBytes held by the allocator from the device
 * @param freeBytes left on the device
 * @param othersBytes what is neither free nor reserved here: other processes, and this one's
 *     context and kernels
 * @param totalBytes size of the device
 */
public record MemoryReading(
        long usedBytes,
        long peakBytes,
        long reservedBytes,
        long freeBytes,
        long othersBytes,
        long totalBytes) {}
