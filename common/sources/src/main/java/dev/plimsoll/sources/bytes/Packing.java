package dev.plimsoll.sources.bytes;

import com.github.luben.zstd.ZstdInputStream;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

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
            if (Signature.begins(head, packing.magic)) {
                return Optional.of(packing);
            }
        }
        return Optional.empty();
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
    public InputStream unpack(InputStream packed, UnpackLimits limits) throws IOException {
        CountedInput counted = new CountedInput(packed);
        InputStream unpacked = switch (this) {
            case GZIP -> new GZIPInputStream(counted, 1 << 16);
            case ZSTD -> new ZstdInputStream(counted);
        };
        return new BoundedInput(unpacked, counted, limits);
    }
}
