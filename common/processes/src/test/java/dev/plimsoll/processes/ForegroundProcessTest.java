package dev.plimsoll.processes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

class ForegroundProcessTest {

    /**
     * It drains for longer than a program has without last work. It is ready once who started it
     * has surely made ready to stop it, and ends if that one is gone.
     */
    private static final String DRAINS = "trap 'sleep 22; echo drained; exit 0' TERM; sleep 3; "
            + "echo ready; while kill -0 $PPID 2>/dev/null; do sleep 0.1; done";

    /** The process that is asked to end. */
    public static final class Main {
        private Main() {}

        public static void main(String[] arguments) {
            System.exit(ForegroundProcess.run(
                    List.of("sh", "-c", DRAINS), Map.of(), Duration.ofSeconds(60)));
        }
    }

    /** A worker that drains for longer than 20 s was killed in it. */
    @Test
    @Tag("slow")
    @Timeout(300)
    void aProgramHasTheTimeOfItsLastWork() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = process.inputReader()) {
            assertThat(said.readLine()).isEqualTo("ready");
            process.toHandle().destroy(); // Process.destroy would close the stream
            assertThat(said.lines()).contains("drained");
        }
        process.waitFor();
    }
}
