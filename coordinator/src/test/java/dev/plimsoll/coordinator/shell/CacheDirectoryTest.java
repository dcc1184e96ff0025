package dev.plimsoll.coordinator.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/** Row 27 of the hostile inputs: what killed coordinators leave. */
class CacheDirectoryTest {

    @TempDir
    Path temporary;

    private List<String> there() throws IOException {
        try (Stream<Path> all = Files.list(temporary)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void itIsItsOwnersAlone() throws IOException {
        try (CacheDirectory own = CacheDirectory.open(temporary)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own.path())))
                    .isEqualTo("rwx------");
            Files.createDirectory(own.path().resolve("vertx"));
        }
        assertThat(there()).isEmpty();
    }

    @Test
    void whatAKilledProcessLeftIsRemovedAndNothingElse() throws IOException {
        Path left = Files.createDirectory(temporary.resolve("plimsoll-coordinator-1"));
        Files.createFile(left.resolve("lock"));
        Files.writeString(Files.createDirectory(left.resolve("vertx")).resolve("page"), "x");
        Path notes = Files.createDirectory(temporary.resolve("notes"));
        Files.createFile(notes.resolve("lock"));
        Files.createSymbolicLink(temporary.resolve("plimsoll-coordinator-2"), notes);
        Files.createSymbolicLink(left.resolve("vertx").resolve("link"), notes);
        Files.createDirectory(temporary.resolve("plimsoll-coordinator-of-somebody"));
        try (CacheDirectory first = CacheDirectory.open(temporary);
                CacheDirectory second = CacheDirectory.open(temporary)) {
            assertThat(first.path()).isDirectory();
            assertThat(second.path()).isDirectory();
            assertThat(there())
                    .hasSize(5)
                    .contains(
                            "notes", "plimsoll-coordinator-2", "plimsoll-coordinator-of-somebody");
        }
        assertThat(notes.resolve("lock")).exists();
    }
}
