package dev.plimsoll.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The manifests of this module, as trees. */
final class Manifests {

    static final Path OVERLAYS = Path.of("overlays");
    static final Path GOLDEN = Path.of("src/test/golden");

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private Manifests() {}

    /** The overlays' names, in their order. */
    static List<String> overlays() {
        try (Stream<Path> found = Files.list(OVERLAYS)) {
            return found.map(overlay -> overlay.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the overlay rendered to when it was looked at last. */
    static Path golden(String overlay) {
        return GOLDEN.resolve(overlay + ".yaml");
    }

    static List<JsonNode> ofOverlay(String overlay) {
        return read(golden(overlay));
    }

    static List<JsonNode> read(Path file) {
        try {
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The documents that are not empty. */
    static List<JsonNode> parse(String yaml) {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(yaml)) {
            List<JsonNode> all = new ArrayList<>();
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                if (!document.isNull() && !document.isMissingNode()) {
                    all.add(document);
                }
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String kind(JsonNode manifest) {
        return manifest.path("kind").asText();
    }

    static String name(JsonNode manifest) {
        return manifest.at("/metadata/name").asText();
    }

    static String label(JsonNode manifest) {
        return kind(manifest) + " " + name(manifest);
    }

    /** Those that Strimzi's operators read. */
    static boolean isStrimzi(JsonNode manifest) {
        return manifest.path("apiVersion").asText().startsWith("kafka.strimzi.io/");
    }

    /** Those with a template of a pod. */
    static List<JsonNode> workloads(List<JsonNode> manifests) {
        return manifests.stream()
                .filter(manifest -> manifest.at("/spec/template/spec").isObject())
                .filter(manifest -> !isStrimzi(manifest))
                .toList();
    }

    static JsonNode podSpec(JsonNode workload) {
        return workload.at("/spec/template/spec");
    }

    static JsonNode container(JsonNode workload) {
        return podSpec(workload).at("/containers/0");
    }

    /** The value of a container's variable. */
    static String variable(JsonNode container, String name) {
        for (JsonNode variable : container.get("env")) {
            if (variable.get("name").asText().equals(name)) {
                return variable.get("value").asText();
            }
        }
        throw new AssertionError("there is no variable " + name);
    }

    static JsonNode only(List<JsonNode> manifests, String kind, String name) {
        return manifests.stream()
                .filter(manifest ->
                        kind(manifest).equals(kind) && name(manifest).equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no " + kind + " " + name));
    }
}
