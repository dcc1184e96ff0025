package dev.plimsoll.coordinator.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** What the page's scripts decide, by node's own runner; skipped where there is no node. */
class PageScriptsTest {

    @Test
    void theTestsOfTheScriptsPass() throws Exception {
        Optional<Path> node = node();
        assumeTrue(node.isPresent(), "there is no node on the PATH");
        Process run = new ProcessBuilder(node.get().toString(), "--test", "src/test/js")
                .redirectErrorStream(true)
                .start();
        String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(run.waitFor()).as(said).isZero();
        assertThat(said).containsPattern("(?m)^# pass [1-9]").containsPattern("(?m)^# fail 0$");
    }

    /** One that has a runner: from version 20 on. */
    private static Optional<Path> node() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, "node"))
                .filter(Files::isExecutable)
                .filter(PageScriptsTest::isNewEnough)
                .findFirst();
    }

    private static boolean isNewEnough(Path node) {
        try {
            Process asked = new ProcessBuilder(node.toString(), "--version").start();
            String version =
                    new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return version.matches("(?s)v(2\\d|[3-9]\\d)\\..*");
        } catch (IOException e) {
            return false;
        }
    }
}
