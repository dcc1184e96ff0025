package dev.plimsoll.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.engine.GoldenCase;
import dev.plimsoll.engine.JavaProcess;
import dev.plimsoll.engine.bench.GenerateBenchMain;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** As processes of their own, as the command line runs them. */
class GenerateMainTest {

    private static final GoldenCase GOLDEN = GoldenCase.named("gqa-untied");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void requests_are_answered_until_the_input_ends() throws Exception {
        JsonNode golden = JSON.readTree(GOLDEN.dir().resolve("generation.json").toFile());
        String prompt = golden.path("prompts").path(0).toString();
        String request =
                "{\"tokens\": %s, \"maxNewTokens\": 64, \"endIds\": [1]}\n".formatted(prompt);
        JavaProcess.Outcome outcome = run(
                request + "\n" + request,
                "--model",
                GOLDEN.dir().toString(),
                "--adapter",
                GOLDEN.dir().resolve("adapter").toString(),
                "--positions",
                "100",
                "--device",
                "cpu",
                "--threads",
                "1");

        assertThat(outcome.code()).as(outcome.err()).isZero();
        List<JsonNode> lines = outcome.out().lines().map(GenerateMainTest::json).toList();
        JsonNode expected = golden.path("fp32").path("adapter").path(0);
        assertThat(lines.getFirst().path("ready").path("precision").asText()).isEqualTo("fp32");
        assertThat(lines.getLast().path("done").path("tokens")).isEqualTo(expected);
        assertThat(lines.getLast().path("done").path("reusedTokens").asInt())
                .isEqualTo(golden.path("prompts").path(0).size() - 1);
        assertThat(lines.stream().filter(line -> line.has("done"))).hasSize(2);
        boolean ended = expected.get(expected.size() - 1).asInt() == 1;
        assertThat(lines.getLast().path("done").path("finish").asText())
                .isEqualTo(ended ? "end" : "length");
        assertThat(lines.stream().filter(line -> line.has("token")))
                .hasSize(2 * (expected.size() - (ended ? 1 : 0)));
    }

    @Test
    void says_what_is_wrong() throws Exception {
        String model = GOLDEN.dir().toString();
        JavaProcess.Outcome other = run(
                "",
                "--model",
                model,
                "--positions",
                "9",
                "--adapter",
                GoldenCase.named("qwen3-norms").dir().resolve("adapter").toString());
        assertThat(other.code()).isEqualTo(4);
        assertThat(other.err()).contains("give the adapter's own base model");
        assertThat(run("", "--model", model).code()).isEqualTo(2);
    }

    @Test
    @Tag("slow")
    void the_bench_measures_what_it_was_asked_for() throws Exception {
        Path report = directory.resolve("report.json");
        JavaProcess.Outcome outcome = JavaProcess.run(
                directory,
                GenerateBenchMain.class,
                "--model",
                GOLDEN.dir().toString(),
                "--device",
                "cpu",
                "--threads",
                "1",
                "--rank",
                "4",
                "--prompt-tokens",
                "20",
                "--new-tokens",
                "5",
                "--repeats",
                "1",
                "--json",
                report.toString());
        assertThat(outcome.code()).as(outcome.err()).isZero();
        JsonNode json = JSON.readTree(report.toFile());
        assertThat(json.path("newTokens").asInt()).isEqualTo(5);
        assertThat(json.path("tokensPerSecond").asDouble()).isPositive();
        assertThat(json.path("prefillMillis").asDouble()).isPositive();
    }

    private JavaProcess.Outcome run(String input, String... arguments)
            throws IOException, InterruptedException {
        Path in = Files.writeString(directory.resolve("in"), input, UTF_8);
        return JavaProcess.run(directory, in, GenerateMain.class, arguments);
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
    }
}
