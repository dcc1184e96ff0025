package dev.plimsoll.cli.train;

import static dev.plimsoll.cli.samples.Reading.AS_IT_LOOKS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.wire.codec.Json;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class DataFilesTest {

    private static final Path MODEL =
            Path.of("../model/tiny-llama").toAbsolutePath().normalize();

    @TempDir
    Path temporary;

    private Path root;
    private Path data;
    private Path held;
    private Path many;

    @BeforeEach
    void files() throws IOException {
        root = temporary.resolve("run");
        data = Files.writeString(temporary.resolve("mine.jsonl"), "{\"text\":\"one\"}\n");
        held = Files.writeString(temporary.resolve("held.jsonl"), "{\"text\":\"two\"}\n");
        many = Files.createDirectory(temporary.resolve("many"));
        Files.writeString(many.resolve("a.jsonl"), "{\"text\":\"three\"}\n");
        Files.writeString(many.resolve("b.jsonl"), "{\"text\":\"four\"}\n");
    }

    /** The job of the next start; -1 samples: not all of them were submitted. */
    private TrainJob submitted(long samples) throws IOException {
        try (TrainDirectory place = TrainDirectory.open(root)) {
            TrainJob job = place.job(
                    MODEL,
                    List.of(data.toString(), many.toString()),
                    List.of(temporary + "/h*.jsonl"),
                    AS_IT_LOOKS,
                    Map.of());
            assertThat(DataFiles.requireSame(job, root))
                    .as("nothing is known yet")
                    .isEmpty();
            place.write(job.withFiles(DataFiles.now(job)).withSubmitted(samples));
            return place.job(null, List.of(), List.of(), AS_IT_LOOKS, Map.of());
        }
    }

    @Test
    void whatIsStillAsItWasPasses() throws IOException {
        TrainJob job = submitted(4);
        assertThat(job.files())
                .containsOnlyKeys(
                        data.toString(),
                        held.toString(),
                        many.resolve("a.jsonl").toString(),
                        many.resolve("b.jsonl").toString())
                .containsEntry(
                        data.toString(),
                        new DataFile(
                                15,
                                "271da0e285b0e7b87f5a034d5f5ec89fe4d47b014d1f02459a13b3546fe88d03"));
        assertThat(DataFiles.requireSame(job, root)).isEmpty();
    }

    @Test
    void aFileThatHasChangedIsRefused() throws IOException {
        TrainJob job = submitted(4);
        for (Path file : List.of(data, held, many.resolve("b.jsonl"))) {
            String before = Files.readString(file);
            Files.writeString(file, before.replace('t', 'T'));
            assertThatThrownBy(() -> DataFiles.requireSame(job, root))
                    .hasMessage("'" + file + "' has changed since it was submitted to the run in "
                            + root + "; put it back, or give another --dir");
            Files.writeString(file, before);
        }
        Path added = Files.writeString(many.resolve("c.jsonl"), "{\"text\":\"five\"}\n");
        assertThatThrownBy(() -> DataFiles.requireSame(job, root))
                .hasMessageContaining("'" + added + "' has come to the data since")
                .hasMessageContaining("take it away, or give another --dir");
    }

    /** What was submitted is with the broker: its file is needed no more. */
    @Test
    void aFileThatIsGoneIsToldWhereAllWasSubmitted() throws IOException {
        TrainJob job = submitted(4);
        Files.delete(data);
        Files.delete(many.resolve("a.jsonl"));
        assertThat(DataFiles.requireSame(job, root))
                .containsExactly(many.resolve("a.jsonl").toString(), data.toString());
    }

    @Test
    void aFileThatIsGoneIsRefusedWhereNotAllWasSubmitted() throws IOException {
        TrainJob job = submitted(-1);
        Files.delete(many.resolve("a.jsonl"));
        assertThatThrownBy(() -> DataFiles.requireSame(job, root))
                .hasMessageContaining("a.jsonl' is gone since")
                .hasMessageContaining("put it back, or give another --dir");
    }

    @Test
    void aJobOfAnEarlierVersionPasses() throws IOException {
        submitted(4);
        Path file = root.resolve("train.json");
        ObjectNode json = (ObjectNode) Json.mapper().readTree(file.toFile());
        json.remove("files");
        Files.writeString(file, json.toString());
        Files.writeString(data, "{\"text\":\"other\"}\n");
        try (TrainDirectory place = TrainDirectory.open(root)) {
            TrainJob job = place.job(null, List.of(), List.of(), AS_IT_LOOKS, Map.of());
            assertThat(DataFiles.requireSame(job, root)).isEmpty();
        }
    }

    /** Before anything starts, whether or not the data is named again. */
    @Test
    void aStartWithOtherDataIsRefused() throws IOException {
        submitted(4);
        Files.writeString(data, "{\"text\":\"other\"}\n");
        for (List<String> named :
                List.of(List.<String>of(), List.of("--data", data.toString(), many.toString()))) {
            StringWriter err = new StringWriter();
            CommandLine command = Plimsoll.withProblems(new CommandLine(new TrainCommand()))
                    .setErr(new PrintWriter(err, true));
            List<String> arguments = new ArrayList<>(named);
            arguments.addAll(List.of("--model", MODEL.toString(), "--dir", root.toString()));
            assertThat(command.execute(arguments.toArray(String[]::new))).isEqualTo(4);
            assertThat(err.toString())
                    .contains("'" + data + "' has changed since it was submitted to the run in ");
        }
    }
}
