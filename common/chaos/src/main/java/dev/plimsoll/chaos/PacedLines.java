package dev.plimsoll.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Lines that come one by one, spread evenly over some time. */
final class PacedLines extends InputStream {

    private final List<String> lines;
    private final long nanosPerLine;
    private final long begin = System.nanoTime();
    private final AtomicInteger taken = new AtomicInteger();
    private byte[] current = new byte[0];
    private int position;

    PacedLines(List<String> lines, long overNanos) {
        this.lines = lines;
        this.nanosPerLine = overNanos / Math.max(1, lines.size());
    }

    /** Lines so far; any thread. */
    int taken() {
        return taken.get();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** At most to the line's end, so that no reader waits for a line that it does not need yet. */
    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        if (position == current.length && !next()) {
            return -1;
        }
        int count = Math.min(length, current.length - position);
        System.arraycopy(current, position, into, from, count);
        position += count;
        return count;
    }

    private boolean next() throws IOException {
        int number = taken.get();
        if (number == lines.size()) {
            return false;
        }
        long wait = begin + number * nanosPerLine - System.nanoTime();
        try {
            Thread.sleep(Math.max(0, wait / 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("no more lines are wanted");
        }
        current = (lines.get(number) + "\n").getBytes(UTF_8);
        position = 0;
        taken.incrementAndGet();
        return true;
    }
}
