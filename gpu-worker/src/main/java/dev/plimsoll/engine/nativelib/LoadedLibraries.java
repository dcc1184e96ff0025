package dev.plimsoll.engine.nativelib;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The shared libraries that this process has mapped, on Linux from /proc/self/maps. */
public final class LoadedLibraries {

    private LoadedLibraries() {}

    /** The file of the first mapped library whose name starts so, such as libcudart.so. */
    public static Optional<Path> find(String namePrefix) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.map(line -> line.indexOf('/') < 0 ? "" : line.substring(line.indexOf('/')))
                    .filter(file ->
                            file.substring(file.lastIndexOf('/') + 1).startsWith(namePrefix))
                    .map(Path::of)
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
