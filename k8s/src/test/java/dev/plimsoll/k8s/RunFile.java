package dev.plimsoll.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.List;

/** The file run.yaml as a workload's volume has it. */
final class RunFile {

    private static final String FILE = "run.yaml";

    private RunFile() {}

    static JsonNode of(List<JsonNode> manifests, JsonNode workload) {
        return Manifests.parse(text(manifests, workload)).getFirst();
    }

    /** Says more in the file; every pod's volume is the same. */
    static void put(List<JsonNode> manifests, String setting, String value) {
        for (JsonNode manifest : manifests) {
            if (manifest.path("data") instanceof ObjectNode data && data.has(FILE)) {
                data.put(FILE, data.get(FILE).asText() + setting + ": " + value + "\n");
            }
        }
    }

    static String text(List<JsonNode> manifests, JsonNode workload) {
        for (JsonNode volume : Manifests.podSpec(workload).get("volumes")) {
            if (volume.get("name").asText().equals("run")) {
                return Manifests.only(
                                manifests,
                                "ConfigMap",
                                volume.at("/configMap/name").asText())
                        .at("/data")
                        .get(FILE)
                        .asText();
            }
        }
        throw new AssertionError(Manifests.label(workload) + " has no volume 'run'");
    }
}
