package dev.plimsoll.sources.bytes;

import java.io.IOException;
import java.io.InputStream;

/** Bytes that come many at once; one is read as many are. */
abstract class BulkInput extends InputStream {

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] to, int offset, int length) throws IOException;
}
