package dev.plimsoll.cli.samples;

import dev.plimsoll.wire.codec.Checksums;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * Reads lines of any length as bytes, in bounded space. Of a line over the limit only the beginning
 * is kept.
 */
final class LineReader {

    private final InputStream in;
    private final int keepBytes;
    private final int prefixBytes;
    private long number;

    /**
     * @param keepBytes lines up to this length are kept as a whole
     * @param prefixBytes so many bytes of a longer line are kept
     */
    LineReader(InputStream in, int keepBytes, int prefixBytes) {
        this.in = new BufferedInputStream(in, 1 << 16);
        this.keepBytes = keepBytes;
        this.prefixBytes = prefixBytes;
    }

    Optional<Line> next() throws IOException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        MessageDigest digest = Checksums.sha256();
        long length = 0;
        boolean carriageReturn = false;
        int b = in.read();
        if (b < 0) {
            return Optional.empty();
        }
        for (; b >= 0 && b != '\n'; b = in.read()) {
            if (carriageReturn) {
                length += append(kept, digest, '\r');
            }
            carriageReturn = b == '\r';
            if (!carriageReturn) {
                length += append(kept, digest, b);
            }
        }
        if (carriageReturn && b < 0) {
            length += append(kept, digest, '\r');
        }
        number++;
        byte[] bytes = kept.toByteArray();
        if (length > keepBytes) {
            bytes = java.util.Arrays.copyOf(bytes, prefixBytes);
        }
        return Optional.of(new Line(number, bytes, length, Checksums.hex(digest.digest())));
    }

    private int append(ByteArrayOutputStream kept, MessageDigest digest, int b) {
        digest.update((byte) b);
        if (kept.size() < keepBytes) {
            kept.write(b);
        }
        return 1;
    }
}
