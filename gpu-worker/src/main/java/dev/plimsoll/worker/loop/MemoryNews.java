package dev.plimsoll.worker.loop;

import dev.plimsoll.wire.protocol.MemoryMeasures;

import java.util.Optional;

/**
 * What there is to say of the memory: once under each generation, then whenever something has
 * changed that matters.
 */
final class MemoryNews {

    /** A change of this part of the budget is worth a report. */
    private static final int MEMORY_PART = 200;

    private MemoryMeasures now;
    private MemoryMeasures told;

    void measured(MemoryMeasures memory) {
        now = memory;
    }

    /** Nothing has been told under this generation yet. */
    void beginAnew() {
        told = null;
    }

    /**
     * What is to be told now, and counts as told; empty where nothing was measured or what can be
     * had and what is in use are as told.
     */
    Optional<MemoryMeasures> next() {
        if (now == null || told != null && !differs()) {
            return Optional.empty();
        }
        told = now;
        return Optional.of(now);
    }

    private boolean differs() {
        long threshold = now.budgetBytes() / MEMORY_PART;
        return Math.abs(reachable(now) - reachable(told)) > threshold
                || Math.abs(now.usedBytes() - told.usedBytes()) > threshold;
    }

    private static long reachable(MemoryMeasures memory) {
        return memory.reservedBytes() + memory.freeBytes();
    }
}
