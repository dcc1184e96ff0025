package dev.plimsoll.model.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class LibraryCacheTest {

    private static final Path HOME = Path.of("/home/anna");

    @Test
    void aFullDiskIsNamedWithTheRemedy() {
        Throwable loading = new IllegalStateException(
                "Cannot copy jni files", new IOException("No space left on device"));
        assertThat(LibraryCache.problem(loading, Map.of(), HOME))
                .contains("the native libraries cannot be unpacked into /home/anna/.djl.ai (No"
                        + " space left on device); make room there, or name another directory with"
                        + " the variable DJL_CACHE_DIR");
        assertThat(LibraryCache.problem(loading, Map.of("DJL_CACHE_DIR", "/small"), HOME))
                .hasValueSatisfying(said -> assertThat(said).contains("into /small (No space"));
    }

    @Test
    void aPlaceOfSomebodyElse() {
        assertThat(LibraryCache.problem(new AccessDeniedException("/x/y"), Map.of(), HOME))
                .hasValueSatisfying(
                        said -> assertThat(said).contains("(AccessDeniedException /x/y)"));
    }

    /** What DJL throws does not always name the cause. */
    @Test
    void whatIsNotSaidIsTried(@TempDir Path home) throws IOException {
        Throwable loading = new UnsatisfiedLinkError("Unexpected flavor: cpu");
        assertThat(LibraryCache.problem(loading, Map.of(), home)).isEmpty();
        assertThat(home.resolve(".djl.ai")).isEmptyDirectory();
        Path file = Files.writeString(home.resolve("file"), "no directory");
        assertThat(LibraryCache.problem(loading, Map.of("DJL_CACHE_DIR", file.toString()), home))
                .hasValueSatisfying(said -> assertThat(said).contains("into " + file + " (File"));
    }
}
