package dev.plimsoll.cli.results;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;

/**
 * Compares the directories of two runs, each with report and adapter.
 *
 * @param sameSteps whether the same samples were trained in the same steps
 * @param steps how many steps the first run has
 * @param distance the distance of the adapters, ‖a − b‖ / ‖a‖
 */
public record RunComparison(boolean sameSteps, int steps, double distance) {

    public static RunComparison of(Path first, Path other, LlamaConfig config) throws IOException {
        List<List<String>> steps = steps(first);
        double distance = distance(
                PeftAdapter.read(adapter(first), config).flat(),
                PeftAdapter.read(adapter(other), config).flat(),
                other);
        return new RunComparison(steps(other).equals(steps), steps.size(), distance);
    }

    /** How a report names a step's samples, by partition and offset in the topic samples. */
    public static List<String> names(List<SampleOrigin> members) {
        return members.stream()
                .map(origin -> origin.partition() + ":" + origin.offset())
                .toList();
    }

    public boolean agrees(double tolerance) {
        return sameSteps && distance <= tolerance;
    }

    public String sentence(double tolerance) {
        return String.format(
                Locale.ROOT,
                "%s samples in %d steps, adapter at L2 distance %.2e (at most %.0e)",
                sameSteps ? "the same" : "OTHER",
                steps,
                distance,
                tolerance);
    }

    /** One line, for programs. */
    String json(Path other, double tolerance) {
        return Json.mapper()
                .createObjectNode()
                .put("run", other.toString())
                .put("agrees", agrees(tolerance))
                .put("sameSteps", sameSteps)
                .put("steps", steps)
                .put("distance", distance)
                .put("tolerance", tolerance)
                .toString();
    }

    private static Path adapter(Path run) {
        return run.resolve("adapter");
    }

    private static double distance(float[] a, float[] b, Path run) {
        if (a.length != b.length) {
            throw CliFailure.input(
                    "the adapter of " + run + " has " + b.length + " parameters and the first "
                            + a.length + "; compare runs of the same LoRA settings");
        }
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.pow((double) a[i] - b[i], 2);
            norm += Math.pow(a[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    private static List<List<String>> steps(Path run) throws IOException {
        Path file = run.resolve("report.json");
        if (!Files.exists(file)) {
            throw CliFailure.input(file + " does not exist; give the directory of a finished demo");
        }
        JsonNode steps = Json.mapper().readTree(file.toFile()).path("steps");
        return StreamSupport.stream(steps.spliterator(), false)
                .map(step -> StreamSupport.stream(step.path("members").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList())
                .filter(members -> !members.isEmpty()) // undone by a rollback
                .toList();
    }
}
