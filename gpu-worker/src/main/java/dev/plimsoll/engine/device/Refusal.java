package dev.plimsoll.engine.device;

import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.script.AllocationFailure;

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

    private static Failed outOfMemory(String note, long wantedBytes) {
        return new Failed(FailureReason.OUT_OF_MEMORY, note, wantedBytes);
    }
}
