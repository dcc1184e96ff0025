package dev.plimsoll.processes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class ProcessBytesTest {

    @TempDir
    Path directory;

    @Test
    void readsWhatTheSystemCounts() {
        assertThat(ProcessBytes.parse(
                        List.of("rchar: 5", "wchar: 6", "syscr: 8", "write_bytes: 7")))
                .contains(new ProcessBytes(5, 6, 7));
        assertThat(ProcessBytes.parse(List.of("rchar: 5"))).isEmpty();
        assertThat(ProcessBytes.of(-1)).isEmpty();
    }

    @Test
    void whatAProcessWritesIsCounted() throws IOException {
        Optional<ProcessBytes> before = ProcessBytes.of(ProcessHandle.current().pid());
        Files.write(directory.resolve("million"), new byte[1_000_000]);
        Optional<ProcessBytes> after = ProcessBytes.of(ProcessHandle.current().pid());
        // elsewhere than on Linux there is nothing to read
        before.ifPresent(then -> assertThat(after.orElseThrow().sent() - then.sent())
                .isGreaterThanOrEqualTo(1_000_000));
    }
}
