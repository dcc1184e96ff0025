package dev.plimsoll.engine.device;

import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.model.shapes.Rounding;

import java.util.function.LongSupplier;

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
    private final LongSupplier othersWant;

    public SimulatedCardMeter(long totalBytes) {
        this(totalBytes, () -> 0);
    }

    /** @param othersWant so many bytes are held by others as soon as they are free */
    SimulatedCardMeter(long totalBytes, LongSupplier othersWant) {
        this.totalBytes = totalBytes;
        this.othersWant = othersWant;
    }

    /** They get what is free and no more, as on a real card. */
    private long othersBytes() {
        return Math.min(othersWant.getAsLong(), totalBytes - reservedBytes);
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
        long room = totalBytes - othersBytes();
        if (wanted > room) {
            throw new CardFullException(bytes, usedBytes, room);
        }
        peakBytes = Math.max(peakBytes, wanted);
        long blocks = Rounding.up(wanted, BLOCK_BYTES);
        reservedBytes = Math.max(reservedBytes, Math.min(blocks, room));
    }

    @Override
    public MemoryReading read() {
        long others = othersBytes();
        long free = Math.max(0, totalBytes - reservedBytes - others);
        return new MemoryReading(usedBytes, peakBytes, reservedBytes, free, others, totalBytes);
    }

    @Override
    public void resetPeak() {
        peakBytes = usedBytes;
    }

    @Override
    public void trim(long keepBytes) {
        long kept = Math.max(keepBytes, usedBytes);
        reservedBytes = Math.min(reservedBytes, Rounding.up(kept, BLOCK_BYTES));
    }
}
