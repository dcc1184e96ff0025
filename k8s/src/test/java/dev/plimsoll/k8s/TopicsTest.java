package dev.plimsoll.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.Topics;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** There is a KafkaTopic for every topic of a run, with the settings that the run asks for. */
class TopicsTest {

    @ParameterizedTest
    @ValueSource(strings = {"strimzi", "strimzi-scram", "autoscaled"})
    void topicsAreThoseOfTheRun(String overlay) {
        List<JsonNode> manifests = Manifests.ofOverlay(overlay);
        JsonNode parameters = Manifests.only(manifests, "StatefulSet", "plimsoll-parameters");
        int shards = RunFile.of(manifests, parameters).get("shards").asInt();
        Map<String, String> wanted = new TreeMap<>();
        for (Topics.Spec spec : new Topics("plimsoll").specs(1, shards)) {
            Map<String, String> settings = new TreeMap<>(spec.settings());
            settings.put("min.insync.replicas", "2");
            wanted.put(spec.name(), spec.partitions() + " partitions, 3 replicas, " + settings);
        }
        Map<String, String> found = manifests.stream()
                .filter(manifest -> Manifests.kind(manifest).equals("KafkaTopic"))
                .collect(Collectors.toMap(Manifests::name, TopicsTest::shown, (a, b) -> a + b));
        assertThat(new TreeMap<>(found)).isEqualTo(wanted);
    }

    private static String shown(JsonNode topic) {
        Map<String, String> settings = new TreeMap<>();
        topic.at("/spec/config")
                .properties()
                .forEach(field -> settings.put(field.getKey(), field.getValue().asText()));
        return topic.at("/spec/partitions").asInt() + " partitions, "
                + topic.at("/spec/replicas").asInt() + " replicas, " + settings;
    }
}
