package dev.plimsoll.model.files;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory of our own that is being written, and is moved to its place when it is whole. What is
 * left of it goes when it is closed, or when the process is ended by a signal that it may see.
 */
final class UnfinishedDirectory implements AutoCloseable {

    private final Path path;
    private final Thread atTheEnd;

    private UnfinishedDirectory(Path path) {
        this.path = path;
        this.atTheEnd = Thread.ofPlatform().unstarted(this::deleteInSilence);
    }

    static UnfinishedDirectory create(Path path) throws IOException {
        Files.createDirectory(path);
        UnfinishedDirectory created = new UnfinishedDirectory(path);
        Runtime.getRuntime().addShutdownHook(created.atTheEnd);
        return created;
    }

    @Override
    public void close() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(atTheEnd);
        } catch (IllegalStateException e) {
            // the process is ending, and that thread deletes it
            return;
        }
        delete();
    }

    private void deleteInSilence() {
        try {
            delete();
        } catch (IOException e) {
            // somebody still writes into it, or it was moved to its place meanwhile
        }
    }

    /** All its files are our own. */
    private void delete() throws IOException {
        if (!Files.exists(path, NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> leftOver;
        try (Stream<Path> entries = Files.list(path)) {
            leftOver = entries.toList();
        }
        for (Path file : leftOver) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(path);
    }
}
