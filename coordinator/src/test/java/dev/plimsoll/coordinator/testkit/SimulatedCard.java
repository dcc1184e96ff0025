package dev.plimsoll.coordinator.testkit;

import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.protocol.MemoryMeasures;

/**
 * A pretended card between a worker and an invader. The worker's allocator reserves a little more
 * than is live, keeps it, and gives back between micro-batches what {@link MemoryLine#keepBytes}
 * tells it to; the invader gets what is free, and waits for the rest.
 */
public final class SimulatedCard {

    private final long totalBytes;
    private final long weightsBytes;
    private final double fragmentation;
    private long reservedBytes;
    private long othersBytes;
    private long wantedBytes;
    private MemoryMeasures lastRest = new MemoryMeasures(0, 0, 0, 0, 0, 0);

    public SimulatedCard(long totalBytes, long weightsBytes, double fragmentation) {
        this.totalBytes = totalBytes;
        this.weightsBytes = weightsBytes;
        this.fragmentation = fragmentation;
        reservedBytes = weightsBytes;
    }

    /** @return whether a micro-batch of that peak found room */
    public boolean work(long peakBytes) {
        long needed = (long) Math.ceil(peakBytes * (1 + fragmentation));
        if (needed > totalBytes - othersBytes) {
            reservedBytes = weightsBytes;
            return false;
        }
        reservedBytes = Math.max(reservedBytes, needed);
        return true;
    }

    public void rest() {
        long keep = MemoryLine.keepBytes(lastRest, read());
        lastRest = read();
        reservedBytes = Math.min(reservedBytes, keep);
    }

    /** An invader wants that many bytes in all from now on; 0: it leaves. */
    public void want(long bytes) {
        wantedBytes = bytes;
        othersBytes = Math.min(othersBytes, bytes);
    }

    /** @return whether the invader took something */
    public boolean take() {
        long taken = Math.min(wantedBytes - othersBytes, totalBytes - othersBytes - reservedBytes);
        othersBytes += taken;
        return taken > 0;
    }

    public boolean invaderWaits() {
        return othersBytes < wantedBytes;
    }

    public boolean invaded() {
        return wantedBytes > 0;
    }

    public MemoryMeasures read() {
        long free = totalBytes - othersBytes - reservedBytes;
        return new MemoryMeasures(
                weightsBytes, weightsBytes, reservedBytes, free, othersBytes, totalBytes);
    }
}
