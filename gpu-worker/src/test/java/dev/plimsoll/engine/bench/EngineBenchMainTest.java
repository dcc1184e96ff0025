package dev.plimsoll.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineBenchMainTest {

    @TempDir
    private Path directory;

    /** As a process of its own, as the command line starts it. */
    @Test
    void measuresATinyModel() throws Exception {
        Path data = directory.resolve("data.jsonl");
        Files.writeString(data, """
                {"tokens": [1, 2, 3, 4, 5, 6, 7, 8], "trainOn": [0, 0, 0, 0, 1, 1, 1, 1]}
                {"tokens": [1, 2, 3], "trainOn": [0, 1, 1]}
                {"tokens": [1, 2, 3], "trainOn": [0, 1, 1]}
                """);
        Path json = directory.resolve("bench.json");
        Path out = directory.resolve("out");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                EngineBenchMain.class.getName()));
        command.addAll(List.of(
                "--shape", "tiny", "--model", directory.resolve("new/model").toString()));
        command.addAll(List.of("--device", "cpu", "--threads", "1", "--rank", "4", "--repeats", "1"));
        command.addAll(List.of("--json", json.toString(), "--data", data.toString()));
        command.addAll(List.of("2x32/recompute=0", "packed:12/recompute=all/tile=4", "packed:7"));
        int code = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectErrorStream(true)
                .start()
                .waitFor();
        String table = Files.readString(out);
        // the last case has no room for the first sequence
        assertThat(code).as(table).isEqualTo(1);
        assertThat(table).contains("tokens/s").contains("\n2x32/recompute=0 ").contains("packed:12");
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.at("/device/kind").asText()).isEqualTo("cpu");
        assertThat(report.at("/model/layers").asInt()).isEqualTo(5);
        assertThat(report.at("/cases/0/tokens").asInt()).isEqualTo(64);
        assertThat(report.at("/cases/1/tokens").asInt()).isEqualTo(11);
        assertThat(report.at("/cases/2/error").asText()).contains("no room");
        JsonNode first = report.at("/cases/0");
        for (String field : List.of("tokensPerSecond", "teraflops", "forwardMillis", "backwardMillis", "peakBytes")) {
            assertThat(first.get(field).asDouble()).as(field).isPositive();
        }
        assertThat(first.has("error")).isFalse();
    }

    /** Llama 8B, one sequence of 3 tokens that trains 2: by hand. */
    @Test
    void countsTheModelsOperations() {
        LlamaConfig model = RandomModel.shape("8b");
        double layer = 4096.0 * (2 * 4096 + 2 * 1024 + 3 * 14_336);
        double head = 128_256.0 * 4096;
        double attention = 32 * 4.0 * 32 * 128 * 9 / 2;
        double expected = 4 * (32 * layer * 3 + head * 2) + 3.5 * attention;
        PackedSequence sequence = new PackedSequence(0, new int[3], new boolean[] {true, true, true});
        assertThat(ModelFlops.forwardAndBackward(model, List.of(sequence))).isCloseTo(expected, within(1.0));
    }
}
