package dev.plimsoll.sources.bytes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.util.Optional;

/** Text out of bytes that should be UTF-8. */
public final class Utf8 {

    public static final String REMEDY = "write the file in UTF-8 (iconv -f LATIN1 -t UTF-8)";

    private Utf8() {}

    /** Empty if the bytes are no UTF-8. */
    public static Optional<String> text(byte[] bytes, int from, int to) {
        try {
            return Optional.of(UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, from, to - from))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
