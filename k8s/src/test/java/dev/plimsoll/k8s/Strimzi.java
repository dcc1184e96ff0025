package dev.plimsoll.k8s;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Reads Strimzi's kinds with Strimzi's own model and writes them again. The model keeps a field
 * that it does not know as an additional property, and most of them are found where the two differ:
 * so the additional properties are looked for in the model itself.
 */
final class Strimzi {

    private static final Map<String, Class<?>> KINDS = Map.of(
            "Kafka", Kafka.class,
            "KafkaNodePool", KafkaNodePool.class,
            "KafkaTopic", KafkaTopic.class,
            "KafkaUser", KafkaUser.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private Strimzi() {}

    /** What is wrong with the manifest, a line each. */
    static List<String> problems(JsonNode manifest) {
        Class<?> kind = KINDS.get(Manifests.kind(manifest));
        if (kind == null) {
            return List.of("there is no kind " + Manifests.kind(manifest));
        }
        List<String> problems = new ArrayList<>();
        if (!manifest.path("apiVersion").asText().equals("kafka.strimzi.io/v1")) {
            problems.add("apiVersion is " + manifest.path("apiVersion"));
        }
        try {
            Object read = JSON.treeToValue(manifest, kind);
            UnknownFields.of(read).forEach(field -> problems.add("unknown field " + field));
            lost("", manifest, JSON.valueToTree(read), problems);
        } catch (JsonProcessingException e) {
            problems.add(e.getOriginalMessage());
        }
        return problems;
    }

    /** What the model did not take over. */
    private static void lost(String at, JsonNode given, JsonNode kept, List<String> problems) {
        if (given instanceof ObjectNode) {
            for (Iterator<String> names = given.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                // a default that is written out need not come back
                if (!kept.has(name)) {
                    if (!given.get(name).isEmpty() || given.get(name).isValueNode()) {
                        problems.add("lost field " + at + "/" + name);
                    }
                } else {
                    lost(at + "/" + name, given.get(name), kept.get(name), problems);
                }
            }
        } else if (given.isArray()) {
            for (int i = 0; i < given.size(); i++) {
                lost(at + "/" + i, given.get(i), kept.path(i), problems);
            }
        } else if (!given.asText().equals(kept.asText())) {
            problems.add(at + " is " + given + " and is read as " + kept);
        }
    }
}
