package dev.plimsoll.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Every manifest against the schema of its kind: no wrong type, value or unknown field. */
class SchemaTest {

    static List<String> overlays() {
        return Manifests.overlays();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void everyManifestIsOfItsSchema(String overlay) {
        List<String> problems = new ArrayList<>();
        for (JsonNode manifest : Manifests.ofOverlay(overlay)) {
            List<String> found = Manifests.isStrimzi(manifest)
                    ? Strimzi.problems(manifest)
                    : Schemas.problems(manifest);
            found.forEach(problem -> problems.add(Manifests.label(manifest) + ": " + problem));
        }
        assertThat(problems).isEmpty();
    }

    /** A field that nobody knows, put into every object of every manifest in turn, is noticed. */
    @ParameterizedTest
    @MethodSource("overlays")
    void anUnknownFieldAnywhereIsAProblem(String overlay) {
        int tried = 0;
        for (JsonNode manifest : Manifests.ofOverlay(overlay)) {
            for (String place : places(manifest)) {
                JsonNode changed = manifest.deepCopy();
                ((ObjectNode) changed.at(place)).put("unheardOf", "x");
                List<String> problems = Manifests.isStrimzi(manifest)
                        ? Strimzi.problems(changed)
                        : Schemas.problems(changed);
                assertThat(problems)
                        .as("%s with a field more at '%s'", Manifests.label(manifest), place)
                        .isNotEmpty();
                tried++;
            }
        }
        assertThat(tried).isGreaterThan(100);
    }

    @ParameterizedTest
    @CsvSource({
        "Deployment, plimsoll-worker, /spec/template/spec/containers/0, image, 7",
        "Deployment, plimsoll-worker, /spec, replicas, many",
        "NetworkPolicy, plimsoll-deny, /spec, policyTypes, Ingress",
        "Service, plimsoll-coordinator, /spec, type, Everywhere",
        "ScaledObject, plimsoll-worker, /spec, minReplicaCount, none",
        "PrometheusRule, plimsoll, /spec, groups, none",
        "KafkaTopic, plimsoll.samples, /spec, partitions, some",
        "KafkaUser, plimsoll-worker, /spec/authentication, type, trust",
        "KafkaUser, plimsoll-worker, /spec/authorization/acls/0/resource, type, everything"
    })
    void aWrongValueIsAProblem(String kind, String name, String at, String field, String value) {
        JsonNode manifest = Manifests.only(Manifests.ofOverlay("autoscaled"), kind, name);
        ObjectNode place = (ObjectNode) manifest.at(at);
        if (value.matches("\\d+")) {
            place.put(field, Integer.parseInt(value));
        } else {
            place.put(field, value);
        }
        assertThat(
                        Manifests.isStrimzi(manifest)
                                ? Strimzi.problems(manifest)
                                : Schemas.problems(manifest))
                .isNotEmpty();
    }

    @Test
    void aMissingFieldIsAProblem() {
        JsonNode worker =
                Manifests.only(Manifests.ofOverlay("trial"), "Deployment", "plimsoll-worker");
        ((ObjectNode) worker.at("/spec")).remove("selector");
        assertThat(Schemas.problems(worker)).anyMatch(problem -> problem.contains("selector"));
    }

    /** Where a field may stand; maps of free names are left out. */
    private static List<String> places(JsonNode manifest) {
        List<String> places = new ArrayList<>();
        places("", manifest, places);
        return places;
    }

    private static final Set<String> FREE = new TreeSet<>(Set.of(
            "labels",
            "annotations",
            "matchLabels",
            "data",
            "limits",
            "requests",
            "nodeSelector",
            "selector",
            "config",
            "metadata",
            "jvmOptions"));

    private static void places(String at, JsonNode node, List<String> places) {
        if (node instanceof ObjectNode object) {
            String name = at.substring(at.lastIndexOf('/') + 1);
            // a Service's selector is free, as a trigger's metadata is; others are tried
            boolean fixed = at.endsWith("metadata") && !at.contains("/triggers/")
                    || name.equals("selector") && object.has("matchLabels")
                    || name.equals("selector") && object.has("matchExpressions");
            if (!FREE.contains(name) || fixed) {
                places.add(at);
                object.properties()
                        .forEach(field -> places(
                                at + "/" + field.getKey().replace("~", "~0").replace("/", "~1"),
                                field.getValue(),
                                places));
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                places(at + "/" + i, array.get(i), places);
            }
        }
    }
}
