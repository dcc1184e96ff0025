package dev.plimsoll.wire.protocol;

/**
 * A device's memory. used: live tensors; peak: used's high-water mark since the micro-batch began;
 * reserved: held by the allocator; free: left on the device; others: held by other processes;
 * budget: the allowed ceiling.
 */
public record MemoryMeasures(
        long usedBytes,
        long peakBytes,
        long reservedBytes,
        long freeBytes,
        long othersBytes,
        long budgetBytes) {}
