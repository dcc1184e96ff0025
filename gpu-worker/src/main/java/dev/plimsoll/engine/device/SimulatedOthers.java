package dev.plimsoll.engine.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What others want of the simulated card: the number of bytes in a file, which anybody may change
 * while the worker runs. Without the file they want nothing.
 */
final class SimulatedOthers implements LongSupplier {

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Path file;
    private long bytes;
    private long lookedNanos;
    private boolean looked;

    SimulatedOthers(Path file) {
        this.file = file;
    }

    @Override
    public long getAsLong() {
        long now = System.nanoTime();
        if (!looked || now - lookedNanos > LOOK_NANOS) {
            bytes = read();
            lookedNanos = now;
            looked = true;
        }
        return bytes;
    }

    /** A file that is being written keeps the number from before. */
    private long read() {
        try {
            return Files.exists(file)
                    ? Math.max(0, Long.parseLong(Files.readString(file).strip()))
                    : 0;
        } catch (IOException | NumberFormatException e) {
            return bytes;
        }
    }
}
