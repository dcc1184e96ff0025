package dev.plimsoll.cli.generation;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The losses that the engine's program found.
 *
 * @param adapter its name; empty where the base model stands alone
 * @param losses of the adapter, if there is one, with those of the base model in "base"
 */
record EvaluationReport(EvaluationData data, Optional<String> adapter, JsonNode losses) {

    private static final int TAIL_LINES = 20;

    /** Runs the program to its end; its last line is the answer. */
    static JsonNode losses(List<String> command, Path log) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(log.toFile()).start();
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().unstarted(process::destroyForcibly));
            List<String> said = process.inputReader(UTF_8).lines().toList();
            int code = process.waitFor();
            if (code != 0 || said.isEmpty()) {
                List<String> errors = Files.readAllLines(log, UTF_8);
                throw CliFailure.ofChild(
                        "the engine",
                        code,
                        log,
                        String.join(
                                "\n",
                                errors.subList(
                                        Math.max(0, errors.size() - TAIL_LINES), errors.size())));
            }
            return Json.mapper().readTree(said.getLast());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + command.getFirst(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliFailure.internal("interrupted while the engine evaluated");
        }
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%,d sequences with %,d trained tokens in %s",
                data.sequences().size(),
                losses.path("tokens").asLong(),
                data.file()));
        lines.add(line("base", base()));
        adapter.ifPresent(name -> lines.add(line("adapter", lossPerToken()) + "   " + name));
        lines.addAll(data.remarks());
        lines.addAll(data.rejections().lines());
        return lines;
    }

    ObjectNode json() {
        ObjectNode json = Json.mapper().createObjectNode();
        json.put("sequences", data.sequences().size());
        json.put("rejected", data.rejected());
        data.remarks().forEach(json.putArray("remarks")::add);
        json.put("tokens", losses.path("tokens").asLong());
        json.set("base", figures(base()));
        adapter.ifPresent(name -> json.set("adapter", figures(lossPerToken()).put("name", name)));
        return json;
    }

    private double base() {
        return adapter.isPresent()
                ? losses.path("base").path("lossPerToken").asDouble(Double.NaN)
                : lossPerToken();
    }

    private double lossPerToken() {
        return losses.path("lossPerToken").asDouble(Double.NaN);
    }

    private static ObjectNode figures(double lossPerToken) {
        return Json.mapper()
                .createObjectNode()
                .put("lossPerToken", lossPerToken)
                .put("perplexity", Math.exp(lossPerToken));
    }

    private static String line(String name, double lossPerToken) {
        return String.format(
                Locale.ROOT,
                "%-8s loss %.4f nats per token   perplexity %.4g",
                name,
                lossPerToken,
                Math.exp(lossPerToken));
    }
}
