package dev.plimsoll.model.files;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.plimsoll.wire.codec.Shown;

import java.nio.file.Files;
import java.nio.file.Path;

/** Whether something can be made at a place, found out before long work. */
public final class NewPlace {

    private static final int SHOWN_CHARACTERS = 300;

    private NewPlace() {}

    /**
     * Throws {@link ForeignFileException} if the directories above cannot be made: one of them is a
     * file or a link to nothing, or nothing may be written there.
     */
    public static void requirePossible(Path path) {
        Path above = path.toAbsolutePath().normalize().getParent();
        while (above != null && !Files.exists(above, NOFOLLOW_LINKS)) {
            above = above.getParent();
        }
        if (above == null) {
            return;
        }
        if (!Files.isDirectory(above)) {
            throw new ForeignFileException(shown(path) + " cannot be made, because " + shown(above)
                    + (Files.isSymbolicLink(above)
                            ? " is a link to something that is no directory"
                            : " is not a directory")
                    + "; give a path below a directory");
        }
        if (!Files.isWritable(above)) {
            throw new ForeignFileException(shown(path) + " cannot be made, because nothing may be"
                    + " written in " + shown(above) + "; allow it, or give another path");
        }
    }

    /** A path in quotes and in one line, whatever its name is. */
    public static String shown(Path path) {
        return "'" + Shown.line(path.toString(), SHOWN_CHARACTERS) + "'";
    }
}
