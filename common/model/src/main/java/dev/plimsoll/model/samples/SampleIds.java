package dev.plimsoll.model.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Ids of samples that bring none. */
public final class SampleIds {

    private static final int HEX_DIGITS = 32;

    private SampleIds() {}

    /**
     * The first 128 bits of SHA-256 over source, position and content. Equal texts at two places are two samples; the
     * same place submitted again is the same sample.
     *
     * @param source what was read, e.g. a file's name
     * @param position in it, e.g. a line's number or an offset
     */
    public static String derive(String source, long position, byte[] content) {
        MessageDigest digest = sha256();
        digest.update(source.getBytes(UTF_8));
        // no source contains the separator, so no two (source, position) pairs share their bytes
        digest.update((byte) 0);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(position).flip());
        digest.update(content);
        return HexFormat.of().formatHex(digest.digest()).substring(0, HEX_DIGITS);
    }

    /** SHA-256 of the submitted bytes, 64 hex digits. */
    public static String contentHash(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
