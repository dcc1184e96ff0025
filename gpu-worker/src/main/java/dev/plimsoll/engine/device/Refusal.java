package dev.plimsoll.engine.device;

import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.script.AllocationFailure;

import java.util.Locale;
import java.util.Optional;

/** Tells that a device, real or simulated, had no room from everything else. */
public final class Refusal {

    private Refusal() {}

    /** The failure that an exception of a pass means; empty for a bug or a broken device. */
    public static Optional<Failed> of(RuntimeException e) {
        if (e instanceof HostFullException full) {
            // of the card nothing was wanted, and nothing is to be learned
            return Optional.of(outOfMemory(full.getMessage(), 0));
        }
        if (e instanceof CardFullException full) {
            return Optional.of(outOfMemory(full.getMessage(), full.wantedBytes()));
        }
        return AllocationFailure.of(e)
                .map(failure -> outOfMemory(failure.note(), failure.wantedBytes()));
    }

    /**
     * With what the pass had come to, of which the allocator says nothing.
     *
     * @param card read before anything was given back
     */
    public static Failed reached(Failed failed, MemoryReading card) {
        if (failed.wantedBytes() == 0 || card.totalBytes() == 0) {
            return failed;
        }
        String reached = String.format(
                Locale.ROOT,
                "; the pass had reached %,d MiB of this card's %,d, and others hold %,d",
                card.peakBytes() >> 20,
                card.totalBytes() >> 20,
                card.othersBytes() >> 20);
        return new Failed(
                failed.reason(), failed.note() + reached, failed.wantedBytes(), failed.card());
    }

    private static Failed outOfMemory(String note, long wantedBytes) {
        return new Failed(FailureReason.OUT_OF_MEMORY, note, wantedBytes);
    }
}
