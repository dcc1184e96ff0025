package dev.plimsoll.sources.bytes;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/** Bytes one after the other, with a look ahead at the first ones. */
public final class ByteInput implements Closeable {

    /** So much can be looked at before it is read. */
    public static final int HEAD_BYTES = 1 << 16;

    private final InputStream in;
    private final boolean aLineIsEnough;
    private final byte[] buffer = new byte[HEAD_BYTES];
    private boolean looked;
    private Optional<IOException> failure = Optional.empty();
    private int position;
    private int limit;

    public ByteInput(InputStream in) {
        this(in, false);
    }

    /**
     * @param aLineIsEnough to look at before anything is read: in a stream the rest may come much
     *     later
     */
    public ByteInput(InputStream in, boolean aLineIsEnough) {
        this.in = in;
        this.aLineIsEnough = aLineIsEnough;
    }

    /**
     * What comes next: {@link #HEAD_BYTES}, or less where the input ends, or where a line is
     * enough. Call it first. A failure behind something readable is thrown where the readable ends.
     */
    public byte[] head() throws IOException {
        boolean enough = looked;
        looked = true;
        while (!enough && limit < buffer.length) {
            int read = ahead();
            enough = read < 0 || (aLineIsEnough && hasLine(limit, limit + read));
            limit += Math.max(0, read);
        }
        return Arrays.copyOfRange(buffer, position, limit);
    }

    private int ahead() throws IOException {
        try {
            return in.read(buffer, limit, buffer.length - limit);
        } catch (IOException e) {
            if (limit == position) {
                throw e;
            }
            failure = Optional.of(e);
            return -1;
        }
    }

    private boolean hasLine(int from, int to) {
        for (int i = from; i < to; i++) {
            if (buffer[i] == '\n') {
                return true;
            }
        }
        return false;
    }

    /** Reads over the mark of the byte order; before anything else is read. */
    public void skipMark() throws IOException {
        position += ByteOrderMark.lengthIn(head());
    }

    /** The next byte, 0 to 255, or -1 at the end. */
    public int read() throws IOException {
        return fill() ? buffer[position++] & 0xff : -1;
    }

    /** The next byte without reading it, or -1 at the end. */
    public int peek() throws IOException {
        return fill() ? buffer[position] & 0xff : -1;
    }

    /**
     * Hands over what comes before the next line end, and reads the line end too. A carriage return
     * before a line feed belongs to the line end.
     *
     * @param end a line feed, or a carriage return where lines end with it alone
     * @param keepEnd whether the line end is handed over too
     */
    public void readLine(char end, ByteSink kept, boolean keepEnd) throws IOException {
        boolean held = false;
        while (fill()) {
            int at = position;
            while (at < limit && buffer[at] != end) {
                at++;
            }
            if (held && at > position) {
                kept.add('\r');
                held = false;
            }
            boolean ends = at < limit;
            boolean holds = !keepEnd && end == '\n' && at > position && buffer[at - 1] == '\r';
            kept.add(buffer, position, holds ? at - 1 : at);
            position = at;
            if (ends) {
                position++;
                if (keepEnd) {
                    kept.add(end);
                }
                return;
            }
            held |= holds;
        }
        if (held) {
            kept.add('\r');
        }
    }

    /** What has not been read yet, as a stream. */
    public InputStream rest() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return ByteInput.this.read();
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                if (!fill()) {
                    return -1;
                }
                int count = Math.min(length, limit - position);
                System.arraycopy(buffer, position, to, offset, count);
                position += count;
                return count;
            }
        };
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private boolean fill() throws IOException {
        while (position == limit) {
            if (failure.isPresent()) {
                throw failure.get();
            }
            int read = in.read(buffer, 0, buffer.length);
            if (read < 0) {
                return false;
            }
            position = 0;
            limit = read;
        }
        return true;
    }
}
