package dev.plimsoll.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As a process of its own, as the demo runs it. */
class EvaluateMainTest {

    private static final GoldenCase GOLDEN = GoldenCase.named("gqa-untied");

    @TempDir
    private Path directory;

    @Test
    void prints_the_loss_as_one_json_line() throws Exception {
        Path file = directory.resolve("sequences.jsonl");
        Files.writeString(file, lines());
        Outcome outcome = run(
                "--model",
                GOLDEN.dir().toString(),
                "--adapter",
                GOLDEN.dir().resolve("adapter").toString(),
                "--sequences",
                file.toString(),
                "--threads",
                "1",
                "--device",
                "cpu");
        assertThat(outcome.code).as(outcome.err).isZero();
        String last = outcome.out.strip().lines().reduce((a, b) -> b).orElseThrow();
        JsonNode json = new ObjectMapper().readTree(last);
        double expected = GOLDEN.lossNats("fp32", 0);
        assertThat(json.get("lossNats").asDouble()).isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-3));
        assertThat(json.get("tokens").asInt()).isEqualTo(GOLDEN.lossTokens());
        assertThat(json.get("lossPerToken").asDouble())
                .isCloseTo(expected / GOLDEN.lossTokens(), org.assertj.core.data.Offset.offset(1e-4));
    }

    @Test
    void says_what_is_wrong() throws Exception {
        Path file = directory.resolve("broken.jsonl");
        Files.writeString(file, "{\"tokens\": [1, 2], \"trainOn\": [0, 1]}\nnot json\n");
        Outcome outcome = run("--model", GOLDEN.dir().toString(), "--sequences", file.toString());
        assertThat(outcome.code).isEqualTo(4);
        assertThat(outcome.err).contains("broken.jsonl, line 2, is not JSON");
        assertThat(run("--model").code).isEqualTo(2);
    }

    private record Outcome(int code, String out, String err) {}

    private Outcome run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                EvaluateMain.class.getName()));
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        int code = process.waitFor();
        return new Outcome(
                code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
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
