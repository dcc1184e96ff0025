package dev.plimsoll.sources.bytes;

import java.io.InputStream;
import java.util.Optional;

/** How a file is compressed; its first bytes tell, whatever its name says. */
public enum Packing {
    GZIP("gzip", ".gz", 0x1f, 0x8b),
    ZSTD("zstd", ".zst", 0x28, 0xb5, 0x2f, 0xfd);

    private final String word;
    private final String ending;
    private final int[] magic;

    Packing(String word, String ending, int... magic) {
        this.word = word;
        this.ending = ending;
        this.magic = magic;
    }

    public String word() {
        return word;
    }

    public static Optional<Packing> of(byte[] head) {
        for (Packing packing : values()) {
            if (packing.begins(head)) {
                return Optional.of(packing);
            }
        }
        return Optional.empty();
    }

    private boolean begins(byte[] head) {
        boolean begins = head.length >= magic.length;
        for (int i = 0; begins && i < magic.length; i++) {
            begins = (head[i] & 0xff) == magic[i];
        }
        return begins;
    }

    /** The name of what is inside: {@code data.csv} of {@code data.csv.gz}. */
    public static String inner(String name) {
        for (Packing packing : values()) {
            if (name.endsWith(packing.ending)) {
                return name.substring(0, name.length() - packing.ending.length());
            }
        }
        return name;
    }

    /** What is inside, at most as much as the limits say; then an {@link UnpackException}. */
    public InputStream unpack(InputStream packed, UnpackLimits limits) {
        CountedInput counted = new CountedInput(packed);
        InputStream unpacked = switch (this) {
            case GZIP -> new GzipInput(counted);
            case ZSTD -> new ZstdInput(counted);
        };
        return new BoundedInput(unpacked, counted, limits);
    }

    /** Why nothing is read from this byte on. */
    UnreadableFileException endsAt(long bytes) {
        return bytes == 0
                ? new UnreadableFileException(
                        "its header is none of " + word, "fetch the file again")
                : new UnreadableFileException(
                        "what follows its first " + bytes + " bytes is not " + word,
                        "fetch the file again, or pack the whole of it anew; what comes after was"
                                + " not read");
    }
}
