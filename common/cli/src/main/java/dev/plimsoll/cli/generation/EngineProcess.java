package dev.plimsoll.cli.generation;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.codec.Json;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The engine's program in a process of its own, which answers a line of JSON by lines of JSON. It
 * ends when its standard input is closed, and so with this process.
 */
final class EngineProcess implements AutoCloseable {

    private static final ObjectMapper JSON = Json.mapper();
    private static final int TAIL_LINES = 20;

    private final Process process;
    private final Path log;
    private final BufferedReader answers;
    private final BufferedWriter requests;
    private final JsonNode ready;

    private EngineProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.answers = process.inputReader(UTF_8);
        this.requests = process.outputWriter(UTF_8);
        this.ready = next("ready");
    }

    /**
     * Returns when the model is loaded.
     *
     * @param log what it says on standard error
     */
    static EngineProcess start(List<String> command, Path log) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(log.toFile()).start();
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().unstarted(process::destroyForcibly));
            return new EngineProcess(process, log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command.getFirst(), e);
        }
    }

    /** Device, precision and bytes of the cache. */
    JsonNode ready() {
        return ready;
    }

    /**
     * @param token told of each new token but an end token
     * @return the tokens, and how long they took
     */
    JsonNode generate(JsonNode request, IntConsumer token) {
        try {
            requests.write(JSON.writeValueAsString(request));
            requests.newLine();
            requests.flush();
        } catch (IOException e) {
            throw ended();
        }
        return next("done", token);
    }

    private JsonNode next(String wanted) {
        return next(wanted, _ -> {});
    }

    private JsonNode next(String wanted, IntConsumer token) {
        while (true) {
            JsonNode line = line();
            if (line.has(wanted)) {
                return line.get(wanted);
            }
            if (line.has("token")) {
                token.accept(line.get("token").asInt());
            }
        }
    }

    /** What is no JSON is a library's word, not an answer. */
    private JsonNode line() {
        try {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith("{")) {
                    return JSON.readTree(line);
                }
            }
        } catch (JsonProcessingException e) {
            throw CliFailure.internal("the engine answered what is no JSON: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("the engine's answer cannot be read", e);
        }
        throw ended();
    }

    private RuntimeException ended() {
        try {
            int code = process.waitFor();
            List<String> said = Files.readAllLines(log, UTF_8);
            return CliFailure.ofChild(
                    "the engine",
                    code,
                    log,
                    String.join(
                            "\n",
                            said.subList(Math.max(0, said.size() - TAIL_LINES), said.size())));
        } catch (IOException e) {
            return CliFailure.internal("the engine ended, and its log cannot be read: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CliFailure.internal("interrupted while the engine ended");
        }
    }

    @Override
    public void close() {
        try {
            requests.close();
            process.waitFor();
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
