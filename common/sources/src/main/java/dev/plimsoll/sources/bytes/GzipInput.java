package dev.plimsoll.sources.bytes;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * What the members of a gzip file hold, one after the other (RFC 1952). The JDK's stream takes a
 * member whose header it cannot read for the end of the file; here that is a failure. Only zeros
 * may follow the last member, as tapes and archives pad with them. (commons-compress refuses zeros,
 * and with a failure it keeps back what it unpacked before.)
 */
final class GzipInput extends BulkInput {

    private static final int[] MAGIC = {0x1f, 0x8b};
    private static final int DEFLATE = 8;
    private static final int HEADER_CHECKSUM = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;

    private final InputStream packed;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long before;
    private boolean inMember;
    private boolean ended;

    GzipInput(InputStream packed) {
        this.packed = packed;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        int count = 0;
        while (count == 0 && length > 0) {
            if (!inMember && !begins()) {
                return -1;
            }
            count = inflate(to, offset, length);
            if (count == 0 && inflater.finished()) {
                endMember();
            }
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        packed.close();
    }

    private int inflate(byte[] to, int offset, int length) throws IOException {
        try {
            if (inflater.needsInput()) {
                if (!fill()) {
                    throw new EOFException();
                }
                inflater.setInput(buffer, position, limit - position);
            }
            int count = inflater.inflate(to, offset, length);
            position = limit - inflater.getRemaining();
            if (count == 0 && inflater.needsDictionary()) {
                throw new ZipException("it needs a dictionary, which gzip does not have");
            }
            checksum.update(to, offset, count);
            return count;
        } catch (DataFormatException e) {
            throw new ZipException(e.getMessage());
        }
    }

    /** Reads the header of a member; false if the file ends. */
    private boolean begins() throws IOException {
        if (ended || !fill()) {
            ended = true;
            return false;
        }
        long from = before + position;
        if (from > 0 && buffer[position] == 0) {
            requireZeros(from);
            ended = true;
            return false;
        }
        for (int expected : MAGIC) {
            require(next() == expected, from);
        }
        require(next() == DEFLATE, from);
        int flags = next();
        require((flags & RESERVED) == 0, from);
        skip(6);
        if ((flags & EXTRA) != 0) {
            skip((int) number(2));
        }
        skipText((flags & NAME) != 0);
        skipText((flags & COMMENT) != 0);
        skip((flags & HEADER_CHECKSUM) == 0 ? 0 : 2);
        inflater.reset();
        inflater.setInput(buffer, position, limit - position);
        checksum.reset();
        inMember = true;
        return true;
    }

    private void endMember() throws IOException {
        if (number(4) != checksum.getValue()
                || number(4) != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw new ZipException("the checksum of what is packed is another one");
        }
        inMember = false;
    }

    private void requireZeros(long from) throws IOException {
        while (fill()) {
            require(buffer[position++] == 0, from);
        }
    }

    private static void require(boolean isGzip, long from) throws UnreadableFileException {
        if (!isGzip) {
            throw Packing.GZIP.endsAt(from);
        }
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            next();
        }
    }

    private void skipText(boolean isThere) throws IOException {
        int last = isThere ? next() : 0;
        while (last != 0) {
            last = next();
        }
    }

    /** The lowest byte comes first. */
    private long number(int bytes) throws IOException {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) next() << (8 * i);
        }
        return number;
    }

    private int next() throws IOException {
        if (!fill()) {
            throw new EOFException();
        }
        return buffer[position++] & 0xff;
    }

    private boolean fill() throws IOException {
        while (position == limit) {
            before += limit;
            position = 0;
            limit = 0;
            int read = packed.read(buffer, 0, buffer.length);
            if (read < 0) {
                return false;
            }
            limit = read;
        }
        return true;
    }
}
