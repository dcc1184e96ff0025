package dev.plimsoll.sources.bytes;

import java.io.IOException;
import java.io.InputStream;

/** What a compressed file holds, until it is more than such a file should hold. */
final class BoundedInput extends BulkInput {

    private final InputStream unpacked;
    private final CountedInput packed;
    private final UnpackLimits limits;
    private long count;

    BoundedInput(InputStream unpacked, CountedInput packed, UnpackLimits limits) {
        this.unpacked = unpacked;
        this.packed = packed;
        this.limits = limits;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        int read = unpacked.read(to, offset, length);
        count += Math.max(0, read);
        if (count > limits.bytes()) {
            throw new UnreadableFileException(
                    "it unpacks to more than " + limits.bytes() + " bytes, and that is the limit",
                    "unpack it yourself, and give the parts that you want");
        }
        if (count > limits.ratioFrom() && count / limits.ratio() > packed.count()) {
            throw new UnreadableFileException(
                    "its first " + packed.count() + " bytes unpack to " + count + ", over "
                            + limits.ratio() + " times as much, as no text does",
                    "look at what it holds; if it is what you want, unpack it yourself");
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        unpacked.close();
    }
}
