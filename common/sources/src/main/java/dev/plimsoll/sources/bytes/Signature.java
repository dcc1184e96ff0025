package dev.plimsoll.sources.bytes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a file is that begins so, where it holds no text that could be read. Each beginning is
 * complete, and no text begins so by chance: "SQLite is small" and "BZh is a syllable" are texts.
 */
public enum Signature {
    ZIP("a zip archive", "unpack it, and give the files in it", "PK\\x03\\x04"),
    BZIP2(
            "packed with bzip2",
            "unpack it with bunzip2, or pack it with gzip or zstd",
            // a block begins with the digits of pi
            "BZh[1-9]\\x31\\x41\\x59\\x26\\x53\\x59"),
    XZ("packed with xz", "unpack it with unxz, or pack it with gzip or zstd", "\\xfd7zXZ\\x00"),
    SEVEN_ZIP("a 7z archive", "unpack it, and give the files in it", "7z\\xbc\\xaf\\x27\\x1c"),
    ARROW(
            "an Arrow file",
            "write it as Parquet or JSON lines (datasets: to_parquet, to_json)",
            "ARROW1\\x00\\x00"),
    PDF("a PDF", "give its text", "%PDF-[0-9]\\.[0-9][\\r\\n]"),
    SQLITE("an SQLite database", "write the rows as CSV or JSON lines", "SQLite format 3\\x00"),
    UTF_32(
            "text in UTF-32",
            "write it in UTF-8 (iconv -f UTF-32 -t UTF-8)",
            "\\xff\\xfe\\x00\\x00"),
    UTF_16("text in UTF-16", "write it in UTF-8 (iconv -f UTF-16 -t UTF-8)", "\\xff\\xfe"),
    UTF_16_BIG("text in UTF-16", "write it in UTF-8 (iconv -f UTF-16 -t UTF-8)", "\\xfe\\xff"),
    TAR(
            "a tar archive",
            "unpack it, and give the files in it",
            // the second is GNU's
            "(?s:.{257})ustar(?:\\x00|  \\x00)");

    /** What comes next is a header in binary form, and its first byte is no character of a text. */
    private static final Pattern PARQUET =
            Pattern.compile("PAR1[\\x00-\\x08\\x0e-\\x1f\\x80-\\xff]");

    private static final int LONGEST = 265;

    private final String what;
    private final String remedy;
    private final Pattern beginning;

    /** @param beginning a pattern over bytes, each as the character of its number */
    Signature(String what, String remedy, String beginning) {
        this.what = what;
        this.remedy = remedy;
        this.beginning = Pattern.compile(beginning);
    }

    public static boolean parquet(byte[] head) {
        return begins(head, PARQUET);
    }

    /** Why a file that begins so cannot be read; empty if nothing speaks against it. */
    public static Optional<UnreadableFileException> against(byte[] head) {
        for (Signature signature : values()) {
            if (begins(head, signature.beginning)) {
                return Optional.of(
                        new UnreadableFileException("it is " + signature.what, signature.remedy));
            }
        }
        return Optional.empty();
    }

    private static boolean begins(byte[] head, Pattern pattern) {
        String beginning = new String(head, 0, Math.min(head.length, LONGEST), ISO_8859_1);
        return pattern.matcher(beginning).lookingAt();
    }
}
