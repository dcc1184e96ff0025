package dev.plimsoll.model.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** A file that is there as a whole or not at all. */
final class WholeFile {

    private WholeFile() {}

    /** Replaces what lies there. */
    static void write(Path path, String text) throws IOException {
        // a temporary file of the JDK's would keep everybody but its owner from reading it
        Path partial = path.resolveSibling(".report-" + UUID.randomUUID() + ".tmp");
        try {
            Files.writeString(
                    partial, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Files.move(partial, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }
}
