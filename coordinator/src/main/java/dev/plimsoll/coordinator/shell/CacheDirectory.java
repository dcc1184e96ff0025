package dev.plimsoll.coordinator.shell;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory in the temporary one that this process's user alone may read, for what the page's
 * server unpacks. Who is killed cannot remove its own: the next start does. A lock says that one is
 * in use; it ends with its process.
 */
final class CacheDirectory implements AutoCloseable {

    private static final String PREFIX = "plimsoll-coordinator-";
    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel lock;

    private CacheDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Makes one, and removes those of processes that have ended. */
    static CacheDirectory open(Path temporary) throws IOException {
        Path own = Files.createTempDirectory(temporary, PREFIX);
        FileChannel lock = FileChannel.open(
                own.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        UserPrincipal user = Files.getOwner(own);
        List<Path> all;
        try (Stream<Path> entries = Files.list(temporary)) {
            all = entries.filter(path -> path.getFileName().toString().startsWith(PREFIX))
                    .filter(path -> !path.equals(own))
                    .toList();
        }
        for (Path other : all) {
            try {
                removeIfLeft(other, user);
            } catch (IOException e) {
                // another start removes it too, or it is not ours: it harms nobody
            }
        }
        return new CacheDirectory(own, lock);
    }

    Path path() {
        return path;
    }

    private static void removeIfLeft(Path other, UserPrincipal user) throws IOException {
        Path file = other.resolve(LOCK);
        if (!Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)
                || !Files.getOwner(other, LinkOption.NOFOLLOW_LINKS).equals(user)
                || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock free = channel.tryLock()) {
            if (free != null) {
                remove(other);
            }
        } catch (OverlappingFileLockException e) {
            // this process has it
        }
    }

    private static void remove(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                    throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path left, IOException e) throws IOException {
                Files.delete(left);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** What cannot be removed now is removed by the next start. */
    @Override
    public void close() {
        try {
            lock.close();
            remove(path);
        } catch (IOException e) {
            // who looks there sees why
        }
    }
}
