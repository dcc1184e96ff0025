package dev.plimsoll.model.hf;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes a directory beside its place and renames it there when every file is on disk. A reader
 * sees the old directory, for an instant none, or the new one; never a mixture and never a
 * half-written file.
 */
final class AtomicDirectory {

    /** Fills an empty directory. */
    @FunctionalInterface
    interface Content {
        void writeTo(Path directory) throws IOException;
    }

    private AtomicDirectory() {}

    static void write(Path target, Content content) throws IOException {
        Path place = target.toAbsolutePath().normalize();
        Path parent = place.getParent();
        Files.createDirectories(parent);
        String unique = UUID.randomUUID().toString().substring(0, 8);
        Path temporary = parent.resolve("." + place.getFileName() + ".tmp-" + unique);
        Path aside = parent.resolve("." + place.getFileName() + ".old-" + unique);
        Files.createDirectory(temporary);
        try {
            content.writeTo(temporary);
            try (Stream<Path> files = Files.list(temporary)) {
                for (Path file : files.toList()) {
                    sync(file, StandardOpenOption.WRITE);
                }
            }
            sync(temporary, StandardOpenOption.READ);
            swap(temporary, place, aside);
            sync(parent, StandardOpenOption.READ);
        } finally {
            delete(temporary);
            delete(aside);
        }
    }

    private static void swap(Path temporary, Path place, Path aside) throws IOException {
        boolean replaces = Files.exists(place);
        if (replaces) {
            Files.move(place, aside, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            if (replaces) {
                Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE);
            }
            throw e;
        }
    }

    private static void sync(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
