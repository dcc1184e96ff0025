package dev.plimsoll.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where one demo keeps its files.
 *
 * @param root e.g. .plimsoll/20260102-030405
 */
public record RunDirectory(Path root) {

    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    public static RunDirectory create(Path parent) throws IOException {
        Files.createDirectories(parent);
        String name = LocalDateTime.now().format(NAME);
        Path root = parent.resolve(name);
        for (int i = 2; Files.exists(root); i++) {
            root = parent.resolve(name + "-" + i);
        }
        RunDirectory directory = new RunDirectory(root.toAbsolutePath().normalize());
        Files.createDirectories(directory.logs());
        return directory;
    }

    public Path logs() {
        return root.resolve("logs");
    }

    public Path broker() {
        return root.resolve("kafka");
    }

    /** Removes the broker's data unless it is to be kept. */
    public void tidy(boolean keep) throws IOException {
        if (keep || !Files.exists(broker())) {
            return;
        }
        List<Path> all;
        try (Stream<Path> paths = Files.walk(broker())) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}
