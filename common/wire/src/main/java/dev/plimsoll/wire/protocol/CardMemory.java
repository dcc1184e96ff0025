package dev.plimsoll.wire.protocol;

/** The memory of one of several cards; words as in {@link MemoryMeasures}. */
public record CardMemory(
        long usedBytes,
        long peakBytes,
        long reservedBytes,
        long freeBytes,
        long othersBytes,
        long budgetBytes) {}
