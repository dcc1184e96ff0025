package dev.plimsoll.sources.bytes;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Bytes one after the other, with a look ahead at the first ones. */
public final class ByteInput implements Closeable {

    /** So much can be looked at before it is read. */
    public static final int HEAD_BYTES = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[HEAD_BYTES];
    private int position;
    private int limit;

    public ByteInput(InputStream in) {
        this.in = in;
    }

    /** What comes next: {@link #HEAD_BYTES}, or less where the input ends. Call it first. */
    public byte[] head() throws IOException {
        while (limit < buffer.length) {
            int read = in.read(buffer, limit, buffer.length - limit);
            if (read < 0) {
                break;
            }
            limit += read;
        }
        return Arrays.copyOfRange(buffer, position, limit);
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
