package dev.plimsoll.sources;

import java.nio.file.Path;
import java.util.Optional;

/**
 * One file to be read.
 *
 * @param name as messages show it; {@code stdin} for standard input
 * @param path where it is; empty for standard input
 */
public record SourceFile(String name, Optional<Path> path) {

    /** Standard input. */
    public static final SourceFile STDIN = new SourceFile("stdin", Optional.empty());
}
