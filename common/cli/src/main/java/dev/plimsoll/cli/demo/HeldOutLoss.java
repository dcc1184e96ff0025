package dev.plimsoll.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Computes the loss of a model on held-out sequences, in nats per trained token, with the workers'
 * own engine in a process of its own.
 */
final class HeldOutLoss {

    private static final ObjectMapper JSON = Json.mapper();

    private HeldOutLoss() {}

    /**
     * @param adapter null for the base model alone
     * @param worker the settings of the workers
     */
    static double of(
            String name,
            Path model,
            Path adapter,
            Path sequences,
            Path logs,
            Map<String, String> worker)
            throws IOException, InterruptedException {
        Path out = logs.resolve(name + ".json");
        Path err = logs.resolve(name + ".log");
        int threads = Runtime.getRuntime().availableProcessors();
        Process process = new ProcessBuilder(
                        Programs.evaluate(model, adapter, sequences, threads, worker))
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        Thread hook = Thread.ofPlatform().unstarted(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(hook);
        int exitCode = process.waitFor();
        Runtime.getRuntime().removeShutdownHook(hook);
        List<String> lines = Files.readAllLines(out, UTF_8);
        if (exitCode != 0 || lines.isEmpty()) {
            List<String> said = Files.readAllLines(err, UTF_8);
            String tail =
                    String.join("\n", said.subList(Math.max(0, said.size() - 20), said.size()));
            throw CliFailure.ofChild("the loss on held-out samples", exitCode, err, tail);
        }
        JsonNode result = JSON.readTree(lines.getLast());
        return result.path("lossPerToken").asDouble(Double.NaN);
    }
}
