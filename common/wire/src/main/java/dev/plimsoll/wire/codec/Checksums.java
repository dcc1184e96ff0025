package dev.plimsoll.wire.codec;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Hashes: SHA-256 where content is identified, CRC-32C where damage is noticed. */
public final class Checksums {

    /** To look one up takes as long as to hash a short text. */
    private static final ThreadLocal<MessageDigest> SHA_256 =
            ThreadLocal.withInitial(Checksums::sha256);

    private Checksums() {}

    /** A new digest, for what comes in pieces. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** 32 bytes over the text's UTF-8. */
    public static byte[] sha256(String text) {
        return SHA_256.get().digest(text.getBytes(StandardCharsets.UTF_8));
    }

    /** 64 hex digits. */
    public static String sha256Hex(byte[] content) {
        return hex(SHA_256.get().digest(content));
    }

    /** 64 hex digits over the text's UTF-8. */
    public static String sha256Hex(String text) {
        return hex(sha256(text));
    }

    /** Two lower-case digits a byte. */
    public static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    public static long crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }
}
