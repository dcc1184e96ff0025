package dev.plimsoll.cli.train;

import dev.plimsoll.wire.codec.Checksums;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;

/**
 * What a file of samples was when it was submitted.
 *
 * @param bytes its length; -1 where it could not be read
 * @param sha256 of its content, in hex; empty where it could not be read
 */
record DataFile(long bytes, String sha256) {

    private static final DataFile UNREADABLE = new DataFile(-1, "");

    static DataFile of(Path file) {
        MessageDigest digest = Checksums.sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            long bytes = in.transferTo(OutputStream.nullOutputStream());
            return new DataFile(bytes, Checksums.hex(digest.digest()));
        } catch (IOException e) {
            return UNREADABLE;
        }
    }
}
