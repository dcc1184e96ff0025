package dev.plimsoll.sources.bytes;

/** The mark that some editors put in front of UTF-8. */
public final class ByteOrderMark {

    private ByteOrderMark() {}

    /** 3 if the bytes begin with it, else 0. */
    public static int lengthIn(byte[] bytes) {
        return bytes.length >= 3
                        && (bytes[0] & 0xff) == 0xef
                        && (bytes[1] & 0xff) == 0xbb
                        && (bytes[2] & 0xff) == 0xbf
                ? 3
                : 0;
    }
}
