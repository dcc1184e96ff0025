package dev.plimsoll.processes;

import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.files.NewPlace;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The directory in which one run of demo or chaos keeps its files.
 *
 * @param root e.g. .plimsoll/20260102-030405
 */
public record RunDirectory(Path root) {

    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    /**
     * Makes a new directory, named by the time; nothing that is there already is touched. Throws
     * {@link ForeignFileException} if the parent is not a directory.
     */
    public static RunDirectory create(Path parent) throws IOException {
        if (Files.exists(parent, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(parent)) {
            throw new ForeignFileException(
                    NewPlace.shown(parent) + " is not a directory; give --dir a directory");
        }
        NewPlace.requirePossible(parent.resolve("new"));
        Files.createDirectories(parent);
        String name = LocalDateTime.now().format(NAME);
        RunDirectory directory =
                new RunDirectory(makeNew(parent, name).toAbsolutePath().normalize());
        Files.createDirectory(directory.logs());
        return directory;
    }

    /**
     * Makes a directory under the name, or under the first free name with a number behind it. Two
     * runs that start in the same second get two directories.
     */
    private static Path makeNew(Path parent, String name) throws IOException {
        for (int i = 1; ; i++) {
            try {
                return Files.createDirectory(parent.resolve(i == 1 ? name : name + "-" + i));
            } catch (FileAlreadyExistsException e) {
                // the name is taken, so the next one is tried
            }
        }
    }

    public Path logs() {
        return root.resolve("logs");
    }

    public Path broker() {
        return root.resolve("kafka");
    }

    /** Removes the broker's data unless it is to be kept. */
    public void tidy(boolean keep) throws IOException {
        if (!keep) {
            remove(broker());
        }
    }

    /** Removes the broker's data and the logs, when all programs have ended. */
    public void removeAll() throws IOException {
        remove(broker());
        remove(logs());
    }

    private static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> paths = Files.walk(directory)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}
