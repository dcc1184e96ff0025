package dev.plimsoll.model.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;

class StartingPointTest {

    private static final LlamaConfig CONFIG = new LlamaConfig(
            16, 24, 2, 2, 1, 8, 16, 1e-5, new RopeSettings(10_000, null), false, 64, "float32");
    private static final LoraSettings LORA =
            new LoraSettings(4, 8, false, EnumSet.of(Projection.Q_PROJ, Projection.UP_PROJ));
    private static final AdapterLayout LAYOUT = new AdapterLayout(CONFIG, LORA);

    @TempDir
    private Path directory;

    private static RunSettings run(int samplesPerStep, double rate) {
        return new RunSettings(
                "r",
                new RunSettings.ModelIdentity("base", "ab", LAYOUT.totalParameters()),
                LORA,
                new StepSettings(samplesPerStep, 0, Duration.ZERO, 20, 42),
                new OptimizerSettings(
                        new LearningRate(rate, LearningRate.Schedule.COSINE, 2, 20),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(2, 512, 64, Duration.ofSeconds(8)));
    }

    private static TrainingState state(long updates) {
        return new TrainingState(
                LAYOUT,
                LAYOUT.initial(1),
                LAYOUT.initial(2),
                LAYOUT.initial(3),
                new TrainingProgress(5, updates, 6, 0, 2, run(4, 1e-3)),
                List.of("a", "b"));
    }

    @Test
    void an_adapter_alone_has_no_past() {
        PeftAdapter.write(directory.resolve("a"), LAYOUT, LORA, "base", LAYOUT.initial(1));
        StartingPoint start = StartingPoint.open(directory.resolve("a"), CONFIG);
        assertThat(start.lora()).isEqualTo(LORA);
        assertThat(start.parameters()).isEqualTo(LAYOUT.initial(1));
        assertThat(start.firstMoment()).isEmpty();
        assertThat(start.secondMoment()).isEmpty();
        assertThat(start.identity().hash()).matches("[0-9a-f]{64}");
        assertThat(start.identity().updates()).isZero();
        assertThat(start.identity().stepsDone()).isZero();
        assertThat(start.remarks(run(1, 1))).isEmpty();
        start.requireUnchanged();
        PeftAdapter.write(directory.resolve("a"), LAYOUT, LORA, "base", LAYOUT.initial(2));
        assertThatThrownBy(start::requireUnchanged)
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("has changed since the run was created");
    }

    @Test
    void a_training_state_is_read_back_whole() throws IOException {
        Path dir = directory.resolve("s");
        state(5).write(dir);
        state(5).write(dir); // replaces its own
        StartingPoint start = StartingPoint.open(dir, CONFIG);
        assertThat(start.parameters()).isEqualTo(LAYOUT.initial(1));
        assertThat(start.firstMoment()).hasValue(LAYOUT.initial(2));
        assertThat(start.secondMoment()).hasValue(LAYOUT.initial(3));
        assertThat(start.progress()).hasValue(state(5).progress());
        assertThat(start.identity().updates()).isEqualTo(5);
        assertThat(start.identity().stepsDone()).isEqualTo(6);
        assertThat(Files.readAllLines(dir.resolve("trained_samples.txt")))
                .containsExactly("a", "b");
        assertThat(PeftAdapter.read(dir, CONFIG).flat()).isEqualTo(LAYOUT.initial(1));

        state(4).write(directory.resolve("other"));
        PeftAdapter.write(directory.resolve("alone"), LAYOUT, LORA, "base", LAYOUT.initial(1));
        assertThat(start.identity().hash()).isNotEqualTo(hash("other")).isNotEqualTo(hash("alone"));
    }

    private String hash(String name) {
        return StartingPoint.open(directory.resolve(name), CONFIG).identity().hash();
    }

    @Test
    void what_goes_on_otherwise_is_told() {
        Path dir = directory.resolve("s");
        state(5).write(dir);
        StartingPoint start = StartingPoint.open(dir, CONFIG);
        assertThat(start.remarks(run(4, 1e-3))).isEmpty();
        assertThat(start.remarks(run(3, 1e-4)))
                .satisfiesExactly(
                        optimizer -> assertThat(optimizer).contains("was trained with"),
                        steps -> assertThat(steps).contains("4 samples", "now 3"));
    }

    @Test
    void a_damaged_training_state_is_refused() throws IOException {
        Path dir = directory.resolve("s");
        state(5).write(dir);
        Path file = dir.resolve("training_state.json");
        String json = Files.readString(file);
        Files.writeString(file, json.replace("\"format\" : 1", "\"format\" : 2"));
        assertThatThrownBy(() -> StartingPoint.open(dir, CONFIG))
                .hasMessageContaining("has format 2; this version of Plimsoll reads 1");
        Files.writeString(file, "{");
        assertThatThrownBy(() -> StartingPoint.open(dir, CONFIG))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("start from the adapter alone");
        Files.writeString(file, json);
        Files.delete(dir.resolve("optimizer.safetensors"));
        assertThatThrownBy(() -> StartingPoint.open(dir, CONFIG))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("optimizer.safetensors does not exist");
    }
}
