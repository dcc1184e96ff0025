package dev.plimsoll.sources.reading;

import dev.plimsoll.sources.SourceFile;
import dev.plimsoll.sources.UnusableSourceException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** Finds the files that people name. */
final class SourceFiles {

    private static final String STANDARD_INPUT = "-";

    private SourceFiles() {}

    static List<SourceFile> find(List<String> names) {
        List<SourceFile> files = new ArrayList<>();
        boolean standardInput = false;
        for (String name : names) {
            if (name.equals(STANDARD_INPUT)) {
                if (standardInput) {
                    throw new UnusableSourceException(
                            "- is given twice, and standard input is read once; give it once");
                }
                standardInput = true;
                files.add(SourceFile.STDIN);
            } else {
                files.addAll(named(name, ", or - for standard input"));
            }
        }
        return List.copyOf(files);
    }

    /** The same without standard input. */
    static List<SourceFile> findFiles(List<String> names) {
        if (names.contains(STANDARD_INPUT)) {
            throw new UnusableSourceException("- is standard input, which is not read here; put it"
                    + " into a file, or submit it with `plimsoll submit -`");
        }
        return names.stream().flatMap(name -> named(name, "").stream()).toList();
    }

    /** @param other what may be given too, for the message */
    private static List<SourceFile> named(String name, String other) {
        Path path = path(name);
        if (path != null && Files.isDirectory(path)) {
            List<SourceFile> found = below(path, _ -> true);
            if (found.isEmpty()) {
                throw new UnusableSourceException("the directory '" + name
                        + "' holds no files, hidden ones aside; give a file or another directory");
            }
            return found;
        }
        if (path != null && Files.exists(path)) {
            if (!Files.isReadable(path)) {
                throw new UnusableSourceException(
                        "'" + name + "' cannot be read; allow it, or give another file");
            }
            return List.of(new SourceFile(name, Optional.of(path)));
        }
        if (name.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0)) {
            return matching(name);
        }
        throw new UnusableSourceException("there is no file '" + name
                + "'; give a file, a directory, a pattern such as 'data/*.jsonl'" + other);
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static List<SourceFile> matching(String pattern) {
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            throw new UnusableSourceException(
                    "'" + pattern + "' is neither a file nor a pattern (" + e.getDescription()
                            + "); write e.g. 'data/*.jsonl'",
                    e);
        }
        Path root = fixedPart(pattern);
        List<SourceFile> found =
                Files.isDirectory(root) ? below(root, path -> matcher.matches(path)) : List.of();
        if (found.isEmpty()) {
            throw new UnusableSourceException("no file matches '" + pattern
                    + "'; look at what is in " + (root.toString().isEmpty() ? "." : root)
                    + ", and write ** for any number of directories");
        }
        return found;
    }

    /** The directory before the first part with a wildcard. */
    private static Path fixedPart(String pattern) {
        int wildcard = 0;
        while ("*?[{\\".indexOf(pattern.charAt(wildcard)) < 0) {
            wildcard++;
        }
        return Path.of(pattern.substring(0, pattern.lastIndexOf('/', wildcard) + 1));
    }

    /** Regular files, in the order of their paths, without hidden ones and hidden directories. */
    private static List<SourceFile> below(
            Path directory, java.util.function.Predicate<Path> wanted) {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.filter(path -> !hidden(directory, path))
                    .filter(wanted)
                    .filter(Files::isRegularFile)
                    .sorted(java.util.Comparator.comparing(Path::toString))
                    .map(path -> new SourceFile(path.toString(), Optional.of(path)))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new UnusableSourceException(
                    "the directory '" + directory
                            + "' cannot be listed; allow it, or give the files",
                    e);
        }
    }

    private static boolean hidden(Path directory, Path path) {
        Path below = directory.toString().isEmpty() ? path : directory.relativize(path);
        for (Path part : below) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }
}
