package dev.plimsoll.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/**
 * This tree, for tests that start real coordinators and workers: both are built after this module,
 * so they may be missing, or older than their sources.
 */
public final class BuiltTree implements AutoCloseable {

    private static final Path HOME = Path.of("../..").toAbsolutePath().normalize();
    private static final String HOME_PROPERTY = "plimsoll.home";

    private final String before = System.getProperty(HOME_PROPERTY, "");

    private BuiltTree() {
        System.setProperty(HOME_PROPERTY, HOME.toString());
    }

    /** Until it is closed, programs are those of this tree. */
    public static BuiltTree use() {
        return new BuiltTree();
    }

    /** Whether both are built from the sources that lie there. */
    public static boolean isBuilt() throws IOException {
        for (String module : List.of("coordinator", "gpu-worker")) {
            Path jar = HOME.resolve(module).resolve("target/quarkus-app/quarkus-run.jar");
            if (!Files.exists(jar)) {
                return false;
            }
            FileTime built = Files.getLastModifiedTime(jar);
            try (Stream<Path> sources = Files.walk(HOME.resolve(module).resolve("src/main"))) {
                if (sources.map(Path::toFile)
                        .anyMatch(source -> source.lastModified() > built.toMillis())) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public void close() {
        if (before.isEmpty()) {
            System.clearProperty(HOME_PROPERTY);
        } else {
            System.setProperty(HOME_PROPERTY, before);
        }
    }
}
