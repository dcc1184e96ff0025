package dev.plimsoll.processes;

import dev.plimsoll.wire.codec.Checksums;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A file with classes as a JVM had loaded and linked them in an earlier run (JEP 483, 514, 515).
 * The JVM does not notice that a jar of the class path has changed since (tried with 25.0.3: the
 * old class runs). Therefore the name of the file depends on the jars and on the JVM.
 *
 * @param file the JVM writes it when a recorded process ends by itself
 */
public record AotCache(Path file) {

    private static final int DIGITS = 16;

    /**
     * The cache for a program with this class path.
     *
     * @param classPath names jars only, and the process must be started with it
     */
    public static AotCache of(Path directory, String program, String classPath) {
        StringBuilder seen = new StringBuilder(System.getProperty("java.home") + Runtime.version());
        Arrays.stream(classPath.split(System.getProperty("path.separator")))
                .map(Path::of)
                .forEach(jar -> seen.append('\n').append(sight(jar)));
        String digest = Checksums.sha256Hex(seen.toString()).substring(0, DIGITS);
        return new AotCache(directory.resolve(program + "-" + digest + ".aot"));
    }

    /**
     * Options that use the cache, or none if there is no file. A cache that cannot be used is
     * ignored without a message.
     */
    public List<String> use() {
        return Files.isRegularFile(file) ? options("-XX:AOTCache=" + file) : List.of();
    }

    /** Options that record the cache. */
    public List<String> record() {
        return options("-XX:AOTCacheOutput=" + file);
    }

    private static List<String> options(String option) {
        return List.of(option, "-Xlog:aot*=off", "-Xlog:cds*=off");
    }

    private static String sight(Path jar) {
        try {
            return Files.exists(jar)
                    ? jar + " " + Files.size(jar) + " "
                            + Files.getLastModifiedTime(jar).toMillis()
                    : jar + " missing";
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + jar, e);
        }
    }
}
