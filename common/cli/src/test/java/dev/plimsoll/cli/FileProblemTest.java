package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

class FileProblemTest {

    private static final String FULL = "No space left on device";

    @Test
    void aFullDiskIsNamedWithWhatWasWrittenAndTheRemedy() {
        assertThat(FileProblem.sentence(new UncheckedIOException(
                        "the adapter could not be written to /out", new IOException(FULL))))
                .isEqualTo("the adapter could not be written to /out: No space left on device;"
                        + " make room there, and try again: nothing half-written was left");
    }

    @Test
    void theFileIsNamedWhereTheExceptionKnowsIt() {
        assertThat(FileProblem.sentence(new FileSystemException("/out/x", null, FULL)))
                .startsWith("/out/x: No space left on device; make room");
        assertThat(FileProblem.sentence(
                        new UncheckedIOException(new NoSuchFileException("/none/x"))))
                .isEqualTo("a file cannot be used: /none/x: there is no such file");
        assertThat(FileProblem.sentence(new UncheckedIOException(
                        "cannot list /root", new AccessDeniedException("/root"))))
                .isEqualTo("cannot list /root: /root: permission denied");
    }
}
