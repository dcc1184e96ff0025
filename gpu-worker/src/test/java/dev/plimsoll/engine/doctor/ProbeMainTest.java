package dev.plimsoll.engine.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.JavaProcess;
import dev.plimsoll.model.machine.EngineTrial;
import dev.plimsoll.model.machine.FitAnswer;
import dev.plimsoll.model.machine.FitQuestion;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;

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

    /** Without libtorch: by arithmetic, from the model's shape. */
    @Test
    void whetherAModelFitsIsSaidBeforeItIsLoaded() throws Exception {
        for (long bytes : new long[] {1 << 20, 64 << 20}) {
            FitQuestion question = new FitQuestion(
                    MODEL.toString(),
                    new LoraSettings(8, 16, false, EnumSet.allOf(Projection.class)),
                    "cpu",
                    "auto",
                    bytes,
                    List.of(),
                    List.of(List.of(0, 1)));
            JavaProcess.Outcome outcome = JavaProcess.run(
                    directory, ProbeMain.class, "fit", Json.mapper().writeValueAsString(question));

            assertThat(outcome.code()).as(outcome.err()).isZero();
            FitAnswer answer = Json.mapper().readValue(outcome.out().strip(), FitAnswer.class);
            assertThat(answer.fits()).as(answer.problem()).isEqualTo(bytes > 1 << 20);
        }
    }
}
