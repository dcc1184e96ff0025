package dev.plimsoll.coordinator.start;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.RunSettings;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Compares the settings asked for with those a run was created with. */
final class RunDifference {

    /** Names that do not follow from the field's by writing its capitals as -lower-case. */
    private static final Map<String, String> NAMES = Map.of(
            "rsLora", "rslora",
            "maxSteps", "steps",
            "peak", "learning-rate",
            "totalSteps", "steps",
            "maxMicroBatchTokens", "max-microbatch-tokens",
            "hash", "model",
            "name", "model-name");

    private RunDifference() {}

    /**
     * One sentence that names the first differing setting, both values and the remedy; empty when
     * all agree.
     */
    static Optional<String> between(RunSettings asked, RunSettings existing) {
        SortedMap<String, String> wanted = flat(asked);
        SortedMap<String, String> found = flat(existing);
        for (Map.Entry<String, String> entry : wanted.entrySet()) {
            String other = found.get(entry.getKey());
            // derived from other settings, which the message should name instead
            boolean derived = entry.getKey().endsWith("/parameters");
            if (!derived && !entry.getValue().equals(other)) {
                return Optional.of("run " + existing.runId() + " was created with "
                        + name(entry.getKey()) + " " + other
                        + ", and now it is " + entry.getValue()
                        + "; give the old value back, or start another run with another prefix");
            }
        }
        return Optional.empty();
    }

    private static String name(String path) {
        String field = path.substring(path.lastIndexOf('/') + 1);
        return NAMES.getOrDefault(
                field, field.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT));
    }

    private static SortedMap<String, String> flat(RunSettings run) {
        SortedMap<String, String> values = new TreeMap<>();
        flatten("", Json.mapper().valueToTree(run), values);
        return values;
    }

    private static void flatten(String path, JsonNode node, SortedMap<String, String> into) {
        if (node.isObject()) {
            node.properties().forEach(e -> flatten(path + "/" + e.getKey(), e.getValue(), into));
        } else {
            into.put(path, node.isTextual() ? node.textValue() : node.toString());
        }
    }
}
