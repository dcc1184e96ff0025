package dev.plimsoll.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.engine.JavaProcess;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.wire.codec.Json;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** As a process of its own, as the command line starts it. */
@Tag("slow")
class FleetEngineMainTest {

    private static final String PLAN = "\"plan\": {\"recomputeLayers\": 1, \"headChunkTokens\": 64,"
            + " \"mlpTileTokens\": 0, \"offloadLayers\": 0, \"attentionGroups\": 1}, \"step\": ";

    @TempDir
    private Path directory;

    @BeforeEach
    void aModelAndSequences() throws Exception {
        RandomModel.create(
                directory.resolve("model"), RandomModel.shape("tiny"), 7, Dtype.F32, List.of());
        Files.writeString(directory.resolve("sequences"), """
                {"tokens": [1, 2, 3, 4, 5, 6, 7, 8], "trainOn": [0, 0, 0, 0, 1, 1, 1, 1]}
                {"tokens": [1, 2, 3], "trainOn": [0, 1, 1]}
                """);
        Files.writeString(directory.resolve("go"), "");
    }

    @Test
    void trainsTheMicroBatchesAsTheyAreWritten() throws Exception {
        JavaProcess.Outcome outcome =
                bench("1", line("[1]", 0) + line("[1, 2]", 1) + line("[2]", 1));

        assertThat(outcome.code()).as(outcome.err()).isZero();
        List<String> lines = outcome.out().lines().toList();
        assertThat(lines).element(lines.size() - 2).asString().startsWith("READY ");
        JsonNode rate = Json.mapper().readTree(lines.getLast());
        // the first is the warm-up
        assertThat(rate.get("tokens").asLong()).isEqualTo(8 + 3 + 3);
        assertThat(rate.get("tokensPerSecond").asDouble() * rate.get("seconds").asDouble())
                .isBetween(13.999, 14.001);
    }

    @Test
    void aLineThatIsNotThereIsToldByName() throws Exception {
        JavaProcess.Outcome outcome = bench("0", line("[3]", 0));

        assertThat(outcome.code()).isEqualTo(4);
        assertThat(outcome.err()).contains("names the lines [3]").contains("has 2");
    }

    @Test
    void nothingToMeasureIsRefused() throws Exception {
        JavaProcess.Outcome outcome = bench("1", line("[1]", 0));

        assertThat(outcome.code()).isEqualTo(4);
        assertThat(outcome.err()).contains("--warm-up is 1 of 1 micro-batches");
    }

    @Test
    void eachOptionIsNeeded() throws Exception {
        JavaProcess.Outcome outcome =
                JavaProcess.run(directory, FleetEngineMain.class, "--model", "x");

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).contains("--micro-batches");
    }

    private static String line(String lines, int step) {
        return "{\"lines\": " + lines + ", " + PLAN + step + "}\n";
    }

    private JavaProcess.Outcome bench(String warmUp, String microBatches) throws Exception {
        Path file = Files.writeString(directory.resolve("micro-batches"), microBatches);
        return JavaProcess.run(
                directory,
                FleetEngineMain.class,
                "--model",
                directory.resolve("model").toString(),
                "--sequences",
                directory.resolve("sequences").toString(),
                "--micro-batches",
                file.toString(),
                "--warm-up",
                warmUp,
                "--device",
                "cpu",
                "--precision",
                "auto",
                "--threads",
                "1",
                "--rank",
                "4",
                "--go",
                directory.resolve("go").toString());
    }
}
