package dev.plimsoll.processes;

import dev.plimsoll.wire.codec.Checksums;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Classes as a JVM had loaded and linked them in an earlier run (JEP 483, 514, 515). The JVM itself
 * does not see that a jar of the class path has changed since (tried with 25.0.3: the old class
 * runs), so the file's name tells for which jars and which JVM it is.
 *
 * @param file written when a recorded process ends by itself
 */
public record AotCache(Path file) {

    private static final int DIGITS = 16;

    /** @param classPath of jars alone, which the process must be started with */
    public static AotCache of(Path directory, String program, String classPath) {
        StringBuilder seen = new StringBuilder(System.getProperty("java.home") + Runtime.version());
        Arrays.stream(classPath.split(System.getProperty("path.separator")))
                .map(Path::of)
                .forEach(jar -> seen.append('\n').append(sight(jar)));
        String digest = Checksums.sha256Hex(seen.toString()).substring(0, DIGITS);
        return new AotCache(directory.resolve(program + "-" + digest + ".aot"));
    }

    /** Nothing where there is none. That it cannot be used is nothing to tell a program's user. */
    public List<String> use() {
        return Files.isRegularFile(file) ? options("-XX:AOTCache=" + file) : List.of();
    }

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
