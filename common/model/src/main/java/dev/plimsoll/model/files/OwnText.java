package dev.plimsoll.model.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A text in a file that the user named, known as ours by how it begins. It replaces an earlier one,
 * an empty file or nothing; any other file, a directory, a device or a symbolic link is left as it
 * is.
 *
 * @param path where it is to lie
 * @param kind what it is, for people, e.g. "report"
 * @param beginning how each text of this kind begins
 */
public record OwnText(Path path, String kind, String beginning) {

    public OwnText {
        path = path.toAbsolutePath().normalize();
    }

    /**
     * Throws {@link ForeignFileException} if something lies there that must not be replaced. Call
     * it before long work; {@link #write} checks again.
     */
    public void requireReplaceable() {
        NewPlace.requirePossible(path);
        if (!Files.exists(path, NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isRegularFile(path, NOFOLLOW_LINKS)) {
            throw foreign("is not a regular file");
        }
        try {
            if (Files.size(path) > 0 && !isOurs()) {
                throw foreign("is not an earlier " + kind);
            }
        } catch (IOException e) {
            throw foreign("cannot be read (" + e.getMessage() + ")");
        }
    }

    private boolean isOurs() throws IOException {
        byte[] ours = beginning.getBytes(UTF_8);
        try (InputStream file = Files.newInputStream(path)) {
            return Arrays.equals(file.readNBytes(ours.length), ours);
        }
    }

    private ForeignFileException foreign(String what) {
        return new ForeignFileException(NewPlace.shown(path) + " " + what
                + ", so it is left as it is; give the path of a file that does not exist yet, or of"
                + " an earlier " + kind);
    }

    /** Writes the text in one move. */
    public void write(String text) throws IOException {
        requireReplaceable();
        if (!text.startsWith(beginning)) {
            throw new IllegalArgumentException("a " + kind + " begins with " + beginning);
        }
        Files.createDirectories(path.getParent());
        WholeFile.write(path, text);
    }
}
