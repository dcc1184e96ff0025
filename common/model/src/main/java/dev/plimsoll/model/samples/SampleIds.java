package dev.plimsoll.model.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.codec.Checksums;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.security.MessageDigest;
import java.util.Optional;

/** Ids of samples: as their submitter gave them, or derived. */
public final class SampleIds {

    private static final int HEX_DIGITS = 32;

    /** Longer ids would be repeated in every header. */
    private static final int GIVEN_CHARACTERS = 256;

    private SampleIds() {}

    /**
     * The first 128 bits of SHA-256 over source, position and content. Equal texts at two places
     * are two samples; the same place submitted again is the same sample.
     *
     * @param source what was read, e.g. a file's name
     * @param position in it, e.g. a line's number or an offset
     */
    public static String derive(String source, long position, byte[] content) {
        MessageDigest digest = Checksums.sha256();
        digest.update(source.getBytes(UTF_8));
        // no source contains the separator, so no two (source, position) pairs share their bytes
        digest.update((byte) 0);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(position).flip());
        digest.update(content);
        return Checksums.hex(digest.digest()).substring(0, HEX_DIGITS);
    }

    /** The id that the sample gives itself, else a derived one; see {@link #derive}. */
    public static String of(ParseOutcome parsed, String source, long position, byte[] content) {
        return (parsed instanceof ParsedSample sample ? sample.id() : Optional.<String>empty())
                .orElseGet(() -> derive(source, position, content));
    }

    /** SHA-256 of the submitted bytes, 64 hex digits. */
    public static String contentHash(byte[] content) {
        return Checksums.sha256Hex(content);
    }

    /**
     * The id that a record's key or CloudEvents id gives: its text, or its hash where it is none or
     * very long.
     */
    public static String ofGiven(byte[] given) {
        try {
            String text = UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(given))
                    .toString();
            if (text.length() <= GIVEN_CHARACTERS) {
                return text;
            }
        } catch (CharacterCodingException e) {
            // falls through: the hash stands for it
        }
        return "sha256-" + contentHash(given);
    }
}
