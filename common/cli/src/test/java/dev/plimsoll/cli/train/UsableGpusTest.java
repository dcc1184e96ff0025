package dev.plimsoll.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.cli.Plimsoll;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;

class UsableGpusTest {

    @TempDir
    Path directory;

    @Test
    void aWorkerWithASimulatedCardComputesOnTheCpu() {
        assertThat(UsableGpus.ofWorker(Map.of("simulated-card-bytes", "5", "devices", "0,1")))
                .isEqualTo(Map.of("simulated-card-bytes", "5", "devices", "0,1", "device", "cpu"));
        assertThat(UsableGpus.ofWorker(Map.of("simulated-card-bytes", "5", "device", "auto")))
                .containsEntry("device", "cpu");
        assertThat(UsableGpus.ofWorker(Map.of("simulated-card-bytes", "0", "device", "auto")))
                .containsEntry("device", "auto");
        assertThat(UsableGpus.ofWorker(Map.of("precision", "nf4")))
                .isEqualTo(Map.of("precision", "nf4"));
    }

    @Test
    void aSimulatedCardOnARealOneIsAWrongUse() {
        StringWriter err = new StringWriter();
        Path run = directory.resolve("run");
        int code = Plimsoll.commandLine()
                .setErr(new PrintWriter(err, true))
                .execute(
                        "train",
                        "--dir",
                        run.toString(),
                        "--device",
                        "cuda",
                        "--simulated-card-bytes",
                        "4000");
        assertThat(code).isEqualTo(2);
        assertThat(err.toString())
                .contains("--device is cuda, and --simulated-card-bytes is 4000")
                .contains("leave out one of them");
        assertThat(run).doesNotExist();
    }
}
