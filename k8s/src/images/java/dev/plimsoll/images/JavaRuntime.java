package dev.plimsoll.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** A Java runtime by jlink, as {@code plimsoll package} makes it. */
final class JavaRuntime {

    private static final Pattern MODULES =
            Pattern.compile("^modules=((?:[^\\n]*\\\\\\n)*[^\\n]*)$", Pattern.MULTILINE);

    private JavaRuntime() {}

    /** Anew in {@code to}, of the modules that the launcher names. */
    static Path link(Path launcher, Path to) throws IOException {
        Matcher named = MODULES.matcher(Files.readString(launcher));
        if (!named.find()) {
            throw new IllegalStateException(launcher + " names no modules");
        }
        remove(to);
        ToolProvider jlink = ToolProvider.findFirst("jlink")
                .orElseThrow(() -> new IllegalStateException("this JDK has no jlink"));
        // without an archive of classes: it would differ from build to build
        int code = jlink.run(
                System.out,
                System.err,
                "--no-header-files",
                "--no-man-pages",
                "--compress",
                "zip-6",
                "--add-modules",
                named.group(1).replaceAll("\\\\\\n", ""),
                "--output",
                to.toString());
        if (code != 0) {
            throw new IllegalStateException("jlink could not make a Java runtime");
        }
        return to;
    }

    private static void remove(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> files = Files.walk(tree)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
