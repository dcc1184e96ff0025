package dev.plimsoll.k8s;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The YAML files that the README shows: blocks whose first line is a comment with their name. */
final class ReadmeFiles {

    private static final Path README = Path.of("README.md");
    private static final Pattern BLOCK = Pattern.compile(
            "^ *```yaml\n *# (\\S+)\n(.*?)^ *```$", Pattern.MULTILINE | Pattern.DOTALL);

    private ReadmeFiles() {}

    static String text(String name) {
        try {
            return BLOCK.matcher(Files.readString(README))
                    .results()
                    .filter(block -> block.group(1).equals(name))
                    .map(block -> block.group(2).stripIndent())
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(README + " shows no file " + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
