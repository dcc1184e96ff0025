package dev.plimsoll.sources.bytes;

import java.util.Optional;

/** What a file is that begins so, where it holds no text that could be read. */
public enum Signature {
    ZIP("a zip archive", "unpack it, and give the files in it", 'P', 'K', 3, 4),
    BZIP2(
            "packed with bzip2",
            "unpack it with bunzip2, or pack it with gzip or zstd",
            'B',
            'Z',
            'h'),
    XZ(
            "packed with xz",
            "unpack it with unxz, or pack it with gzip or zstd",
            0xfd,
            '7',
            'z',
            'X',
            'Z',
            0),
    SEVEN_ZIP("a 7z archive", "unpack it, and give the files in it", '7', 'z', 0xbc, 0xaf),
    ARROW(
            "an Arrow file",
            "write it as Parquet or JSON lines (datasets: to_parquet, to_json)",
            'A',
            'R',
            'R',
            'O',
            'W',
            '1'),
    PDF("a PDF", "give its text", '%', 'P', 'D', 'F', '-'),
    SQLITE(
            "an SQLite database",
            "write the rows as CSV or JSON lines",
            'S',
            'Q',
            'L',
            'i',
            't',
            'e'),
    UTF_32("text in UTF-32", "write it in UTF-8 (iconv -f UTF-32 -t UTF-8)", 0xff, 0xfe, 0, 0),
    UTF_16("text in UTF-16", "write it in UTF-8 (iconv -f UTF-16 -t UTF-8)", 0xff, 0xfe),
    UTF_16_BIG("text in UTF-16", "write it in UTF-8 (iconv -f UTF-16 -t UTF-8)", 0xfe, 0xff);

    private static final int[] PARQUET = {'P', 'A', 'R', '1'};
    private static final int TAR_AT = 257;

    private final String what;
    private final String remedy;
    private final int[] magic;

    Signature(String what, String remedy, int... magic) {
        this.what = what;
        this.remedy = remedy;
        this.magic = magic;
    }

    static boolean begins(byte[] head, int... magic) {
        if (head.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((head[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    public static boolean parquet(byte[] head) {
        return begins(head, PARQUET);
    }

    /** Why a file that begins so cannot be read; empty if nothing speaks against it. */
    public static Optional<UnreadableFileException> against(byte[] head) {
        for (Signature signature : values()) {
            if (begins(head, signature.magic)) {
                return Optional.of(
                        new UnreadableFileException("it is " + signature.what, signature.remedy));
            }
        }
        if (head.length > TAR_AT + 5
                && new String(head, TAR_AT, 5, java.nio.charset.StandardCharsets.US_ASCII)
                        .equals("ustar")) {
            return Optional.of(new UnreadableFileException(
                    "it is a tar archive", "unpack it, and give the files in it"));
        }
        return Optional.empty();
    }
}
