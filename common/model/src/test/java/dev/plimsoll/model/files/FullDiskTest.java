package dev.plimsoll.model.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A real file system without room; skipped where none may be mounted. */
@Tag("slow")
class FullDiskTest {

    private static final int ROOM = 64 * 1024;

    @TempDir
    Path disk;

    private boolean mounted;

    private static boolean runs(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @BeforeEach
    void mount() throws InterruptedException {
        try {
            mounted = runs("mount", "-t", "tmpfs", "-o", "size=" + ROOM, "tmpfs", disk.toString());
        } catch (IOException e) {
            mounted = false;
        }
        assumeTrue(mounted, "only root may mount");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (mounted) {
            assertThat(runs("umount", disk.toString())).isTrue();
        }
    }

    @Test
    void nothingHalfWrittenStaysAndTheOldOneIsAsItWas() throws IOException {
        OwnDirectory own = new OwnDirectory(disk.resolve("adapter"), "adapter", Set.of("weights"));
        own.write(directory -> Files.write(directory.resolve("weights"), new byte[1_000]));

        assertThatThrownBy(() -> own.write(
                        directory -> Files.write(directory.resolve("weights"), new byte[2 * ROOM])))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No space left on device");

        assertThat(disk).isDirectoryNotContaining(path -> !path.endsWith("adapter"));
        assertThat(disk.resolve("adapter/weights")).hasSize(1_000);
        own.write(directory -> Files.write(directory.resolve("weights"), new byte[2_000]));
        assertThat(disk.resolve("adapter/weights")).hasSize(2_000);
    }
}
