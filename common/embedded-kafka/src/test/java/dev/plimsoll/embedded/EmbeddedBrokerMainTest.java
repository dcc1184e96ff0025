package dev.plimsoll.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerMainTest {

    @TempDir
    Path directory;

    private Process child;

    @AfterEach
    void killWhatIsLeft() {
        if (child != null) {
            child.destroyForcibly();
        }
    }

    @Test
    void saysReadyAndStopsWhenItsStandardInputCloses() throws Exception {
        start("--dir", directory.toString());
        assertThat(firstLine()).matches("READY localhost:\\d+");
        child.getOutputStream().close();
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isZero();
    }

    @Test
    void stopsOnSigterm() throws Exception {
        start("--dir", directory.toString(), "--port", "0");
        assertThat(firstLine()).startsWith("READY ");
        child.destroy();
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aMissingDirectoryIsAUsageError() throws Exception {
        start("--port", "0");
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(2);
    }

    private void start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedBrokerMain.class.getName()));
        command.addAll(List.of(arguments));
        child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private String firstLine() throws IOException {
        return new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8)).readLine();
    }
}
