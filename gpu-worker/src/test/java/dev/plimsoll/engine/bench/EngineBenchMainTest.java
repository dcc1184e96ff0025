package dev.plimsoll.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.engine.JavaProcess;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.model.hf.Architecture;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelFamily;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.SlidingWindow;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
        JavaProcess.Outcome outcome = bench(
                "--warm-up",
                "2",
                "--repeats",
                "1",
                "--json",
                json.toString(),
                "--data",
                data.toString(),
                "--targets",
                "v,q_proj",
                "2x32/recompute=0",
                "packed:12/recompute=all/tile=4",
                "packed:7");
        String table = outcome.out();
        // the last case has no room for the first sequence
        assertThat(outcome.code()).as(table + outcome.err()).isEqualTo(1);
        assertThat(table)
                .contains("tokens/s")
                .contains("\n2x32/recompute=0 ")
                .contains("packed:12");
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.at("/device/kind").asText()).isEqualTo("cpu");
        assertThat(report.at("/model/layers").asInt()).isEqualTo(5);
        assertThat(report.at("/loraTargets").toString()).isEqualTo("[\"q_proj\",\"v_proj\"]");
        assertThat(report.at("/cases/0/tokens").asInt()).isEqualTo(64);
        assertThat(report.at("/cases/1/tokens").asInt()).isEqualTo(11);
        assertThat(report.at("/cases/2/error").asText()).contains("no room");
        JsonNode first = report.at("/cases/0");
        for (String field : List.of(
                "tokensPerSecond", "teraflops", "forwardMillis", "backwardMillis", "peakBytes")) {
            assertThat(first.get(field).asDouble()).as(field).isPositive();
        }
        assertThat(first.has("error")).isFalse();
    }

    @Test
    void measuresEachCardOfSeveral() throws Exception {
        Path json = directory.resolve("wide.json");
        JavaProcess.Outcome outcome = bench(
                "--devices",
                "0,1",
                "--warm-up",
                "2",
                "--repeats",
                "1",
                "--json",
                json.toString(),
                "4x32/pipeline=32");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("card 0 CPU, layers 0 to ").contains("idle ");
        JsonNode cards = new ObjectMapper().readTree(json.toFile()).at("/cases/0/cards");
        assertThat(cards).hasSize(2);
        int layers = 0;
        for (JsonNode card : cards) {
            assertThat(card.path("firstLayer").asInt()).isEqualTo(layers);
            layers += card.path("layers").asInt();
            assertThat(card.path("peakBytes").asLong()).isPositive();
            assertThat(card.path("idlePart").asDouble()).isBetween(0.0, 1.0);
            assertThat(card.path("passes")).hasSize(8);
        }
        assertThat(layers).isEqualTo(5);
    }

    @Test
    void aReportThatCannotBeWrittenIsToldBeforeAnythingIsMeasured() throws Exception {
        JavaProcess.Outcome outcome = bench(
                "--warm-up",
                "0",
                "--repeats",
                "1",
                "--json",
                directory.resolve("none/x.json").toString(),
                "2x32");
        assertThat(outcome.code()).isEqualTo(4);
        assertThat(outcome.err()).contains("none/x.json").contains("a directory that exists");
        assertThat(outcome.out()).doesNotContain("2x32");
    }

    @Test
    void aTargetThatDoesNotExistIsNamedWithThoseThatDo() throws Exception {
        JavaProcess.Outcome outcome = bench("--targets", "q,x", "2x32");
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).contains("'x_proj' does not exist").contains("q_proj, k_proj");
    }

    /** A kernel may be chosen after many micro-batches of a shape. */
    @Test
    void whoDoesNotSayHowManyWarmUpsWarmsUpForSeconds() {
        BenchOptions unsaid = BenchOptions.parse("2x32");
        assertThat(unsaid.warmUp()).isEqualTo(6);
        assertThat(unsaid.warmUpSeconds()).isEqualTo(3);
        assertThat(BenchOptions.parse("--warm-up", "6", "2x32").warmUpSeconds()).isZero();
    }

    private JavaProcess.Outcome bench(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(
                List.of("--shape", "tiny", "--device", "cpu", "--threads", "1", "--rank", "4"));
        all.addAll(List.of("--model", directory.resolve("new/model").toString()));
        all.addAll(List.of(arguments));
        return JavaProcess.run(directory, EngineBenchMain.class, all.toArray(String[]::new));
    }

    /** One window of 2 over 5 tokens: 2 tokens see 2²/2 keys together, 3 see 2 each. */
    @Test
    void countsOnlyTheKeysWithinAWindow() {
        LlamaConfig plain = RandomModel.shape("tiny");
        LlamaConfig windowed = plain.with(
                new Architecture(ModelFamily.MISTRAL, false, SlidingWindow.everywhere(2)));
        List<PackedSequence> batch = List.of(new PackedSequence(0, new int[5], new boolean[5]));
        double perKey = 3.5 * 4 * 4 * 32 * plain.layers();
        double saved = ModelFlops.forwardAndBackward(plain, batch)
                - ModelFlops.forwardAndBackward(windowed, batch);
        assertThat(saved).isCloseTo(perKey * (12.5 - 8), within(1.0));
    }

    /** Llama 8B, one sequence of 3 tokens that trains 2: by hand. */
    @Test
    void countsTheModelsOperations() {
        LlamaConfig model = RandomModel.shape("8b");
        double layer = 4096.0 * (2 * 4096 + 2 * 1024 + 3 * 14_336);
        double head = 128_256.0 * 4096;
        double attention = 32 * 4.0 * 32 * 128 * 9 / 2;
        double expected = 4 * (32 * layer * 3 + head * 2) + 3.5 * attention;
        PackedSequence sequence =
                new PackedSequence(0, new int[3], new boolean[] {true, true, true});
        assertThat(ModelFlops.forwardAndBackward(model, List.of(sequence)))
                .isCloseTo(expected, within(1.0));
    }
}
