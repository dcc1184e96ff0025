package dev.plimsoll.model.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file that people give and that is read as a whole. A pipe or a device would have no end, and a
 * huge file would take all memory; both are refused before they are opened. A link is followed.
 */
public final class GivenFile {

    /** Of a model's or an adapter's configuration. */
    public static final int CONFIG_BYTES = 16 << 20;

    /** Of what lists a vocabulary or every weight. */
    public static final int LIST_BYTES = 128 << 20;

    private GivenFile() {}

    /**
     * The whole content.
     *
     * @param most so many bytes at most
     * @throws NoSuchFileException there is none
     * @throws IOException with a sentence without the file's name: it is no file, or too large
     */
    public static byte[] read(Path file, int most) throws IOException {
        requireFile(file);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most);
            if (in.read() >= 0) {
                throw new IOException("it has more than " + (most >> 20)
                        + " MiB, the most that such a file may have");
            }
            return bytes;
        }
    }

    /**
     * That it is a regular file, or a link to one.
     *
     * @throws NoSuchFileException there is none
     * @throws IOException with a sentence without the file's name
     */
    public static void requireFile(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(
                    Files.isDirectory(file)
                            ? "it is a directory, and a file is needed"
                            : "it is a pipe or a device, and a file is needed");
        }
        if (!Files.isReadable(file)) {
            throw new IOException("it cannot be read; allow it");
        }
    }
}
