package dev.plimsoll.engine.device;

import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;

/**
 * A pretended card for CPU workers: counts the bytes that the engine says it holds and needs,
 * exactly and repeatably, and refuses what does not fit. It reserves memory in blocks and keeps
 * them until trimmed, as a pool allocator does.
 */
public final class SimulatedCardMeter implements GpuMeter, Account {

    private static final long BLOCK_BYTES = 2L << 20;

    private final long totalBytes;
    private long usedBytes;
    private long peakBytes;
    private long reservedBytes;
    private volatile long othersBytes;

    public SimulatedCardMeter(long totalBytes) {
        this.totalBytes = totalBytes;
    }

    /** Pretends that other processes hold this much of the card. */
    public void occupyByOthers(long bytes) {
        othersBytes = bytes;
    }

    @Override
    public void hold(long bytes) {
        work(bytes);
        usedBytes += bytes;
    }

    @Override
    public void release(long bytes) {
        if (bytes > usedBytes) {
            throw new IllegalStateException(
                    "released " + bytes + " bytes of " + usedBytes + " in use");
        }
        usedBytes -= bytes;
    }

    @Override
    public void work(long bytes) {
        long wanted = usedBytes + bytes;
        if (wanted > totalBytes - othersBytes) {
            throw new CardFullException(bytes, usedBytes, totalBytes - othersBytes);
        }
        peakBytes = Math.max(peakBytes, wanted);
        long blocks = (wanted + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        reservedBytes = Math.max(reservedBytes, Math.min(blocks, totalBytes - othersBytes));
    }

    @Override
    public MemoryReading read() {
        long free = Math.max(0, totalBytes - othersBytes - reservedBytes);
        return new MemoryReading(
                usedBytes, peakBytes, reservedBytes, free, othersBytes, totalBytes);
    }

    @Override
    public void resetPeak() {
        peakBytes = usedBytes;
    }

    @Override
    public void trim(long keepBytes) {
        long kept = Math.max(keepBytes, usedBytes);
        reservedBytes =
                Math.min(reservedBytes, (kept + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES);
    }
}
