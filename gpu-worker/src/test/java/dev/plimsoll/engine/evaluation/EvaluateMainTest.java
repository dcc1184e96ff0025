package dev.plimsoll.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.engine.GoldenCase;
import dev.plimsoll.engine.JavaProcess;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** As a process of its own, as the demo runs it. */
class EvaluateMainTest {

    private static final GoldenCase GOLDEN = GoldenCase.named("gqa-untied");

    @TempDir
    private Path directory;

    @Test
    void prints_the_loss_as_one_json_line() throws Exception {
        Path file = directory.resolve("sequences.jsonl");
        Files.writeString(file, lines());
        JavaProcess.Outcome outcome = run(
                "--model",
                GOLDEN.dir().toString(),
                "--adapter",
                GOLDEN.dir().resolve("adapter").toString(),
                "--sequences",
                file.toString(),
                "--with-base",
                "yes",
                "--precision",
                "fp32",
                "--threads",
                "1",
                "--device",
                "cpu");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        String last = outcome.out().strip().lines().reduce((a, b) -> b).orElseThrow();
        JsonNode json = new ObjectMapper().readTree(last);
        double expected = GOLDEN.lossNats("fp32", 0);
        assertThat(json.get("lossNats").asDouble())
                .isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-3));
        assertThat(json.get("tokens").asInt()).isEqualTo(GOLDEN.lossTokens());
        assertThat(json.get("lossPerToken").asDouble())
                .isCloseTo(
                        expected / GOLDEN.lossTokens(), org.assertj.core.data.Offset.offset(1e-4));
        assertThat(json.path("base").get("tokens")).isEqualTo(json.get("tokens"));
        assertThat(json.path("base").get("lossPerToken").asDouble())
                .isPositive()
                .isNotEqualTo(json.get("lossPerToken").asDouble());
    }

    @Test
    void says_what_is_wrong() throws Exception {
        Path file = directory.resolve("broken.jsonl");
        Files.writeString(file, "{\"tokens\": [1, 2], \"trainOn\": [0, 1]}\nnot json\n");
        JavaProcess.Outcome outcome =
                run("--model", GOLDEN.dir().toString(), "--sequences", file.toString());
        assertThat(outcome.code()).isEqualTo(4);
        assertThat(outcome.err()).contains("broken.jsonl, line 2, is not JSON");
        assertThat(run("--model").code()).isEqualTo(2);
    }

    private JavaProcess.Outcome run(String... arguments) throws IOException, InterruptedException {
        return JavaProcess.run(directory, EvaluateMain.class, arguments);
    }

    private static String lines() throws IOException {
        ObjectMapper json = new ObjectMapper();
        StringBuilder lines = new StringBuilder();
        for (JsonNode sequence : GOLDEN.json().get("sequences")) {
            lines.append(json.writeValueAsString(sequence)).append('\n');
        }
        return lines.toString();
    }
}
