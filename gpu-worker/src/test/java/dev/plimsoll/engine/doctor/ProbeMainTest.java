package dev.plimsoll.engine.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.JavaProcess;
import dev.plimsoll.model.machine.EngineTrial;
import dev.plimsoll.wire.codec.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** As a process of its own, as the doctor runs it. */
class ProbeMainTest {

    private static final Path MODEL = Path.of("../common/model/tiny-llama").toAbsolutePath();

    @TempDir
    private Path directory;

    @Test
    void theEngineTriesTheCpuAndTrainsOnIt() throws Exception {
        JavaProcess.Outcome outcome =
                JavaProcess.run(directory, ProbeMain.class, "trial", MODEL.toString(), "cpu");

        assertThat(outcome.code()).as(outcome.err()).isZero();
        EngineTrial trial = Json.mapper()
                .readValue(
                        outcome.out().strip().lines().reduce("", (a, b) -> b), EngineTrial.class);
        assertThat(trial.device()).isEqualTo("cpu");
        assertThat(trial.precision()).isEqualTo("fp32");
        assertThat(trial.attention()).isEqualTo("CPU_FLASH");
        assertThat(trial.fusedKernels()).isFalse();
        assertThat(trial.lossPerToken()).isBetween(1.0, 20.0);
        assertThat(trial.warnings()).isEmpty();
    }

    @Test
    void aModelThatIsNotThereIsASentence() throws Exception {
        JavaProcess.Outcome outcome =
                JavaProcess.run(directory, ProbeMain.class, "trial", "/no/such", "cpu");

        assertThat(outcome.code()).isEqualTo(4);
        assertThat(outcome.err().strip().lines().reduce("", (a, b) -> b)).contains("/no/such");
    }
}
