package dev.plimsoll.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.BuiltTree;
import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The whole bench with tiny numbers, in a tree whose coordinator and worker are built from the
 * sources that lie there: they are built after this module. Elsewhere it is skipped;
 * {@code ./plimsoll test --all} runs the command itself when everything is built.
 */
@Tag("slow")
@EnabledIf("dev.plimsoll.cli.BuiltTree#isBuilt")
@Timeout(300)
class FleetBenchTest {

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private BuiltTree tree;

    @BeforeEach
    void thisTree() {
        tree = BuiltTree.use();
    }

    @AfterEach
    void theFormerOne() {
        tree.close();
    }

    @Test
    void measuresProductAndEngineAndLeavesNothingBehind() throws IOException {
        Path json = directory.resolve("report.json");
        Path picture = directory.resolve("picture.svg");

        int code = bench("--json", json.toString(), "--picture", picture.toString());

        assertThat(code).as(err.toString()).isZero();
        assertThat(out.toString()).contains("ratio", "of it computing", "next step opened");
        JsonNode report = Json.mapper().readTree(json.toFile());
        assertThat(report.get("cases")).hasSize(2);
        for (JsonNode one : report.get("cases")) {
            assertThat(one.get("stepTokens").asInt()).isEqualTo(256);
            assertThat(one.get("productTokensPerSecond").asDouble()).isPositive();
            assertThat(one.get("engineTokensPerSecond").asDouble()).isPositive();
            assertThat(one.get("timeLine")).hasSize(Moment.values().length + 2);
            assertThat(one.at("/timeLine/computing").asDouble()).isPositive();
            assertThat(one.at("/timeLine/committed").asDouble())
                    .isGreaterThanOrEqualTo(one.at("/timeLine/lastAccepted").asDouble());
            assertThat(one.at("/timeLine/commitToCommit").asDouble()).isPositive();
            if (Files.isReadable(Path.of("/proc/self/io"))) {
                assertThat(one.at("/bytesPerStep/workerUp").asLong()).isPositive();
                assertThat(one.at("/bytesPerStep/workerDown").asLong()).isPositive();
            }
        }
        assertThat(picture).content().contains("</svg>");
        assertThat(runs()).isEmpty();
        assertThat(processes()).isEmpty();
    }

    @Test
    void aWorkerThatDiesEndsTheBench() throws Exception {
        CompletableFuture<Integer> bench = CompletableFuture.supplyAsync(() -> bench());

        Optional<ProcessHandle> worker = Optional.empty();
        while (worker.isEmpty() && !bench.isDone()) {
            Thread.sleep(20);
            worker = processes().stream()
                    .filter(process -> process.info()
                            .commandLine()
                            .orElse("")
                            .contains("plimsoll.worker-id=worker-1"))
                    .findFirst();
        }
        worker.orElseThrow().destroyForcibly();

        assertThat(bench.get()).isEqualTo(ExitCode.INTERNAL.number());
        assertThat(err.toString()).contains("worker-1 ended with exit code 137");
        assertThat(processes()).isEmpty();
        // the logs stay, the topics do not
        try (Stream<Path> files = Files.walk(runs().getFirst())) {
            assertThat(files.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .allMatch(file -> file.toString().endsWith(".log"));
        }
    }

    private List<Path> runs() throws IOException {
        try (Stream<Path> runs = Files.list(directory.resolve("runs"))) {
            return runs.toList();
        }
    }

    private static List<ProcessHandle> processes() {
        return ProcessHandle.current().descendants().toList();
    }

    private int bench(String... more) {
        List<String> arguments = new ArrayList<>(List.of("bench", "fleet", "--device", "cpu"));
        arguments.addAll(List.of("--workers", "1,2", "--tokens-per-step", "256"));
        arguments.addAll(List.of("--sample-tokens", "64", "--steps", "2", "--warm-up", "1"));
        arguments.addAll(
                List.of("--lora-rank", "2", "--dir", directory.resolve("runs").toString()));
        arguments.addAll(List.of(more));
        return Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
    }
}
