package dev.plimsoll.cli.train;

import static dev.plimsoll.cli.samples.Reading.AS_IT_LOOKS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.cli.samples.Reading;
import dev.plimsoll.model.files.ForeignFileException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class TrainDirectoryTest {

    private static final Path MODEL = Path.of("/models/small");
    private static final List<String> DATA = List.of("/data/a.jsonl");

    @TempDir
    Path temporary;

    private TrainJob begun(Path root, Map<String, String> settings) throws IOException {
        try (TrainDirectory place = TrainDirectory.open(root)) {
            TrainJob job = place.job(MODEL, DATA, List.of(), AS_IT_LOOKS, settings);
            place.write(job);
            return job;
        }
    }

    @Test
    void theJobIsThereAgainAtTheNextStart() throws IOException {
        Path root = temporary.resolve("run");
        TrainJob job = begun(root, Map.of("learning-rate", "1e-4", "model", "/models/small"));
        assertThat(job.settings()).containsOnlyKeys("learning-rate");
        try (TrainDirectory place = TrainDirectory.open(root)) {
            assertThat(place.job(null, List.of(), List.of(), AS_IT_LOOKS, Map.of()))
                    .isEqualTo(job);
            assertThat(place.job(
                            MODEL, DATA, List.of(), AS_IT_LOOKS, Map.of("learning-rate", "1e-4")))
                    .isEqualTo(job);
            place.write(job.withSubmitted(12));
            assertThat(place.job(null, List.of(), List.of(), AS_IT_LOOKS, Map.of())
                            .submitted())
                    .isEqualTo(12);
        }
    }

    @Test
    void whatDiffersFromTheRunIsNamed() throws IOException {
        Path root = temporary.resolve("run");
        begun(root, Map.of("learning-rate", "1e-4"));
        try (TrainDirectory place = TrainDirectory.open(root)) {
            assertThatThrownBy(() -> place.job(
                            null,
                            List.of(),
                            List.of(),
                            AS_IT_LOOKS,
                            Map.of("learning-rate", "2e-4")))
                    .hasMessageContaining("--learning-rate is 2e-4")
                    .hasMessageContaining("was begun with 1e-4");
            assertThatThrownBy(() -> place.job(
                            null, List.of(), List.of(), AS_IT_LOOKS, Map.of("epochs", "2")))
                    .hasMessageContaining("--epochs is 2")
                    .hasMessageContaining("was begun without it");
            assertThatThrownBy(() -> place.job(
                            Path.of("/models/other"), List.of(), List.of(), AS_IT_LOOKS, Map.of()))
                    .hasMessageContaining("--model is /models/other");
            assertThatThrownBy(() ->
                            place.job(null, List.of("/data/b"), List.of(), AS_IT_LOOKS, Map.of()))
                    .hasMessageContaining("--data is [/data/b]")
                    .hasMessageContaining("[/data/a.jsonl]");
        }
    }

    @Test
    void howFilesAreReadIsOfTheRun() throws IOException {
        Path root = temporary.resolve("run");
        Reading reading = new Reading("csv", List.of("prompt=asked"), "line");
        try (TrainDirectory place = TrainDirectory.open(root)) {
            place.write(place.job(MODEL, DATA, List.of(), reading, Map.of()));
            assertThat(place.job(null, List.of(), List.of(), AS_IT_LOOKS, Map.of())
                            .reading())
                    .isEqualTo(reading);
            assertThat(place.job(null, List.of(), List.of(), reading, Map.of()).reading())
                    .isEqualTo(reading);
            Map.of(
                            "--map is [prompt=question]",
                            new Reading("", List.of("prompt=question"), ""),
                            "--format is json",
                            new Reading("json", List.of(), ""),
                            "--text-unit is file",
                            new Reading("", List.of(), "file"))
                    .forEach((message, other) -> assertThatThrownBy(
                                    () -> place.job(null, List.of(), List.of(), other, Map.of()))
                            .hasMessageContaining(message + ", but the run in"));
        }
    }

    /** It was written before that was kept. */
    @Test
    void filesOfAnEarlierVersionsRunAreReadAsTheyLook() throws IOException {
        Path root = temporary.resolve("run");
        begun(root, Map.of());
        Files.writeString(root.resolve("train.json"), "{\"model\": \"m\", \"submitted\": -1}");
        try (TrainDirectory place = TrainDirectory.open(root)) {
            assertThat(place.job(null, List.of(), List.of(), AS_IT_LOOKS, Map.of())
                            .reading())
                    .isEqualTo(AS_IT_LOOKS);
        }
    }

    @Test
    void aRunThatWasRefusedLeavesNothing() throws IOException {
        Path root = temporary.resolve("above/run");
        try (TrainDirectory place = TrainDirectory.open(root)) {
            assertThat(place.hasJob()).isFalse();
            place.write(place.job(MODEL, DATA, List.of(), AS_IT_LOOKS, Map.of()));
            assertThat(place.hasJob()).isTrue();
            Files.createDirectories(place.run().broker().resolve("data"));
            Files.writeString(place.run().broker().resolve("data/0.log"), "records");
            Files.writeString(place.run().logs().resolve("worker-1.log"), "refused");
            place.forget();
        }
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void aRefusedRunLeavesWhatWasThereBefore() throws IOException {
        Path root = Files.createDirectory(temporary.resolve("run"));
        try (TrainDirectory place = TrainDirectory.open(root)) {
            place.write(place.job(MODEL, DATA, List.of(), AS_IT_LOOKS, Map.of()));
            Files.writeString(root.resolve("notes.txt"), "somebody's");
            place.forget();
        }
        assertThat(root.resolve("notes.txt")).hasContent("somebody's");
        assertThat(root.resolve("train.json")).doesNotExist();
    }

    @Test
    void aNewRunNeedsModelAndData() throws IOException {
        try (TrainDirectory place = TrainDirectory.open(temporary.resolve("run"))) {
            assertThatThrownBy(() -> place.job(null, DATA, List.of(), AS_IT_LOOKS, Map.of()))
                    .hasMessageContaining("--model is missing");
            assertThatThrownBy(() -> place.job(MODEL, List.of(), List.of(), AS_IT_LOOKS, Map.of()))
                    .hasMessageContaining("--data is missing");
        }
    }

    @Test
    void aDirectoryOfOthersIsLeftAsItIs() throws IOException {
        Path foreign = Files.createDirectory(temporary.resolve("foreign"));
        Files.writeString(foreign.resolve("thesis.tex"), "words");
        assertThatThrownBy(() -> TrainDirectory.open(foreign))
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining("holds 'thesis.tex'");
        assertThat(foreign).isDirectoryNotContaining(path -> !path.endsWith("thesis.tex"));
        Path file = Files.writeString(temporary.resolve("file"), "x");
        assertThatThrownBy(() -> TrainDirectory.open(file)).hasMessageContaining("not a directory");
        Path link = Files.createSymbolicLink(temporary.resolve("link"), foreign);
        assertThatThrownBy(() -> TrainDirectory.open(link)).hasMessageContaining("not a directory");
    }

    @Test
    void aStartThatWasRefusedLeavesNothing() throws IOException {
        Path root = temporary.resolve("deep/er/run");
        try (TrainDirectory place = TrainDirectory.open(root)) {
            assertThat(place.root()).isDirectoryContaining("glob:**/lock");
            assertThatThrownBy(() -> place.job(null, DATA, List.of(), AS_IT_LOOKS, Map.of()))
                    .hasMessageContaining("--model is missing");
        }
        assertThat(temporary).isEmptyDirectory();
        assertThat(begun(root, Map.of()).isSubmitted()).isFalse();
        // with a run in it, a refused start changes nothing
        TrainDirectory.open(root).close();
        assertThat(root)
                .isDirectoryContaining("glob:**/train.json")
                .isDirectoryContaining("glob:**/logs");
    }

    @Test
    void aRefusedStartLeavesWhatWasThereBefore() throws IOException {
        Path root = Files.createDirectory(temporary.resolve("run"));
        TrainDirectory.open(root).close();
        assertThat(root).isEmptyDirectory();
        Files.createDirectory(root.resolve("logs"));
        Files.writeString(root.resolve("logs/broker.log"), "of a start that was killed");
        TrainDirectory.open(root).close();
        assertThat(root.resolve("logs/broker.log")).exists();
    }

    /** Locks are of a process, so this takes two. */
    @Test
    @Timeout(60)
    void asLongAsOneWorksThereAnotherIsRefused() throws IOException, InterruptedException {
        Path root = temporary.resolve("run");
        Process first = DirectoryHolder.start(root);
        try {
            assertThat(first.inputReader().readLine()).isEqualTo("held");
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> TrainDirectory.open(root))
                        .hasMessageStartingWith("another `plimsoll train` works in " + root);
                assertThat(root)
                        .isDirectoryContaining("glob:**/lock")
                        .isDirectoryContaining("glob:**/logs");
            }
            first.getOutputStream().close();
            assertThat(first.waitFor()).isZero();
        } finally {
            first.destroyForcibly();
        }
        assertThat(temporary).isEmptyDirectory();
        begun(root, Map.of());
    }

    @Test
    void aDirectoryThatIsAnothersByNowIsNotRemoved() throws IOException {
        Path root = temporary.resolve("run");
        try (TrainDirectory _ = TrainDirectory.open(root)) {
            Files.move(root, temporary.resolve("moved"));
            Files.createDirectories(root.resolve("logs"));
            Files.createFile(root.resolve("lock"));
        }
        assertThat(root)
                .isDirectoryContaining("glob:**/lock")
                .isDirectoryContaining("glob:**/logs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "{\"model\": 3, \"submitted\": -1}", "{\"model\": \"m\"}"})
    void aDamagedJobIsNamed(String text) throws IOException {
        Path root = temporary.resolve("run");
        begun(root, Map.of());
        Files.writeString(root.resolve("train.json"), text);
        try (TrainDirectory place = TrainDirectory.open(root)) {
            assertThatThrownBy(() -> place.job(null, List.of(), List.of(), AS_IT_LOOKS, Map.of()))
                    .hasMessageContaining("train.json was not written by `plimsoll train`");
        }
    }
}
