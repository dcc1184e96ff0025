package dev.plimsoll.model.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;

/** Bytes as text, with the place of the first one that is no UTF-8. */
final class Utf8Text {

    private static final String MARK = "\uFEFF";

    private Utf8Text() {}

    static String of(byte[] bytes) throws JsonFault {
        if (wide(bytes)) {
            throw new JsonFault(1, 1, "it is UTF-16 or UTF-32; write it in UTF-8");
        }
        CharsetDecoder decoder = UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        String text = out.toString();
        if (result.isError()) {
            String before = text.replace(MARK, "");
            long lines = before.chars().filter(c -> c == '\n').count();
            throw new JsonFault(
                    lines + 1,
                    before.length() - before.lastIndexOf('\n'),
                    String.format(
                            "the byte 0x%02x is no UTF-8; is it Latin-1? Write it in UTF-8",
                            bytes[in.position()]));
        }
        return text.startsWith(MARK) ? text.substring(1) : text;
    }

    /** JSON begins with ASCII, so a zero among the first bytes, or their mark, tells. */
    private static boolean wide(byte[] bytes) {
        if (bytes.length < 2) {
            return false;
        }
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        return first == 0xff && second == 0xfe
                || first == 0xfe && second == 0xff
                || (first == 0) != (second == 0);
    }
}
