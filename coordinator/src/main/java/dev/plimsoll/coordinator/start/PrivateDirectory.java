package dev.plimsoll.coordinator.start;

import dev.plimsoll.wire.process.ExitCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory in the temporary one that only this user may enter. It holds what the web server
 * unpacks, and is locked while the process lives: a later start removes those that killed processes
 * left behind.
 */
public final class PrivateDirectory {

    private static final String NAME = "plimsoll-coordinator-";
    private static final String LOCK = "lock";

    private final Path path;
    /** Held until the process ends, however it does. */
    private final FileLock lock;

    private PrivateDirectory(Path path, FileLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Throws StartProblem when the temporary directory has no room or may not be written. */
    public static PrivateDirectory open(Path temporary) {
        try {
            PrivateDirectory own = create(temporary);
            Runtime.getRuntime().addShutdownHook(new Thread(own::remove));
            removeLeft(temporary, own.path);
            return own;
        } catch (IOException e) {
            throw new StartProblem(
                    ExitCode.INPUT,
                    "the temporary directory " + temporary + " cannot be used (" + reason(e)
                            + "); make room there, or name another one with the environment"
                            + " variable JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIRECTORY");
        }
    }

    private static PrivateDirectory create(Path temporary) throws IOException {
        Path path = Files.createTempDirectory(temporary, NAME);
        try {
            PrivateDirectory own = new PrivateDirectory(path, lock(path));
            requireRoom(path);
            return own;
        } catch (IOException e) {
            removeTree(path);
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    private static FileLock lock(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return channel.lock();
    }

    /** A full disk takes directories and empty files for a while. */
    private static void requireRoom(Path directory) throws IOException {
        Path probe = directory.resolve("probe");
        Files.write(probe, new byte[256 * 1024]);
        Files.delete(probe);
    }

    /** Those of this user that nobody holds. What cannot be removed stays. */
    private static void removeLeft(Path temporary, Path own) throws IOException {
        UserPrincipal user = Files.getOwner(own);
        try (DirectoryStream<Path> found = Files.newDirectoryStream(temporary, NAME + "*")) {
            for (Path other : found) {
                if (!other.equals(own)
                        && Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)
                        && Files.getOwner(other).equals(user)
                        && isLeft(other)) {
                    removeTree(other);
                }
            }
        }
    }

    private static boolean isLeft(Path directory) {
        try (FileChannel channel = FileChannel.open(
                        directory.resolve(LOCK),
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS);
                FileLock held = channel.tryLock()) {
            return held != null;
        } catch (IOException | java.nio.channels.OverlappingFileLockException e) {
            return false;
        }
    }

    private static void removeTree(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path one : deepestFirst) {
                Files.deleteIfExists(one);
            }
        } catch (IOException | UncheckedIOException e) {
            // somebody else removes it too, or it stays for the next start
        }
    }

    /** At an orderly end. */
    void remove() {
        try {
            lock.acquiredBy().close();
        } catch (IOException e) {
            // the end of the process gives it back
        }
        removeTree(path);
    }

    private static String reason(IOException e) {
        return e instanceof FileSystemException of && of.getReason() != null
                ? of.getReason()
                : String.valueOf(e.getMessage());
    }
}
