package dev.plimsoll.model.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where DJL unpacks the native libraries that lie in its jars, before it loads them. It is of the
 * user, not of a run, so it is written once; where it cannot be, a process cannot start.
 */
public final class LibraryCache {

    /** DJL reads the first that is set. */
    private static final String ENGINES = "ENGINE_CACHE_DIR";

    private static final String ALL = "DJL_CACHE_DIR";

    /** As much as a library of a tokenizer takes. */
    private static final int TRIED_BYTES = 16 << 20;

    private LibraryCache() {}

    /**
     * One sentence with the remedy, if libraries could not be loaded because they could not be
     * written.
     */
    public static Optional<String> problem(Throwable loading) {
        return problem(loading, System.getenv(), Path.of(System.getProperty("user.home", ".")));
    }

    static Optional<String> problem(Throwable loading, Map<String, String> environment, Path home) {
        Path directory = directory(environment, home);
        return failure(loading)
                .or(() -> tried(directory))
                .map(failure -> "the native libraries cannot be unpacked into " + directory + " ("
                        + reason(failure)
                        + "); make room there, or name another directory with the variable " + ALL);
    }

    private static Optional<IOException> failure(Throwable loading) {
        for (Throwable is = loading; is != null; is = is.getCause()) {
            if (is instanceof IOException failure) {
                return Optional.of(failure);
            }
        }
        return Optional.empty();
    }

    /** DJL does not always say why a library is not there. So it is tried, and nothing is left. */
    private static Optional<IOException> tried(Path directory) {
        try {
            Files.createDirectories(directory);
            Path file = Files.createTempFile(directory, "plimsoll-tries", ".tmp");
            try {
                Files.write(file, new byte[TRIED_BYTES]);
            } finally {
                Files.deleteIfExists(file);
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e);
        }
    }

    private static String reason(IOException failure) {
        String said = failure.getMessage() == null ? "" : failure.getMessage();
        return failure instanceof FileSystemException of && of.getReason() == null
                ? failure.getClass().getSimpleName() + " " + said
                : said;
    }

    private static Path directory(Map<String, String> environment, Path home) {
        for (String variable : new String[] {ENGINES, ALL}) {
            String given = environment.get(variable);
            if (given != null && !given.isEmpty()) {
                return Path.of(given);
            }
        }
        return home.resolve(".djl.ai");
    }
}
