package dev.plimsoll.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The chart, rendered by Helm's own library, says what the kustomize source says. */
class ChartTest {

    private static final Path CHART = Path.of("chart");

    @TempDir
    Path directory;

    @Test
    void defaultValuesRenderToTheOverlayForAKafkaThatExists() {
        assertThat(normalised(chart(Map.of())))
                .isEqualTo(normalised(Manifests.ofOverlay("existing-kafka")));
    }

    @ParameterizedTest
    @CsvSource({
        "autoscaling.enabled, true, ScaledObject",
        "monitoring.enabled, true, PrometheusRule",
        "kafka.authentication, none, Deployment",
        "kafka.authentication, scram, Deployment",
        "run.shards, 4, StatefulSet"
    })
    void whatCanBeSetStaysWithinItsSchema(String value, String to, String kind) {
        List<JsonNode> rendered = chart(Map.of(value, to));
        assertThat(rendered).anyMatch(manifest -> Manifests.kind(manifest).equals(kind));
        for (JsonNode manifest : rendered) {
            assertThat(Schemas.problems(manifest)).as(Manifests.label(manifest)).isEmpty();
        }
    }

    @Test
    void theAutoscalersComponentsAreThoseOfTheOverlay() {
        Map<String, JsonNode> overlay = normalised(Manifests.ofOverlay("autoscaled"));
        Map<String, JsonNode> chart = normalised(
                chart(Map.of("autoscaling.enabled", "true", "monitoring.enabled", "true")));
        assertThat(overlay).containsAllEntriesOf(chart);
    }

    @Test
    void valuesArriveWhereTheyBelong() {
        List<JsonNode> rendered = chart(Map.of(
                "run.shards",
                "4",
                "workers.replicas",
                "7",
                "images.registry",
                "registry.example/p/",
                "images.worker",
                "worker-cpu",
                "kafka.bootstrap",
                "elsewhere:9092"));
        JsonNode parameters = Manifests.only(rendered, "StatefulSet", "plimsoll-parameters");
        assertThat(parameters.at("/spec/replicas").asInt()).isEqualTo(4);
        assertThat(RunFile.of(rendered, parameters).get("shards").asInt()).isEqualTo(4);
        JsonNode worker = Manifests.only(rendered, "Deployment", "plimsoll-worker");
        assertThat(worker.at("/spec/replicas").asInt()).isEqualTo(7);
        assertThat(Manifests.container(worker).get("image").asText())
                .isEqualTo("registry.example/p/worker-cpu:0.1.0-SNAPSHOT");
        assertThat(Manifests.only(rendered, "ConfigMap", "plimsoll-broker")
                        .at("/data/bootstrap")
                        .asText())
                .isEqualTo("elsewhere:9092");
    }

    /** The values that the README shows: brokers elsewhere are reached, and nobody else. */
    @Test
    void brokersAreReachedWhereTheValuesSay() throws IOException {
        Path values =
                Files.writeString(directory.resolve("mine.yaml"), ReadmeFiles.text("mine.yaml"));
        List<JsonNode> rendered =
                Manifests.parse(template().withValuesFile(values).call());
        JsonNode policy = Manifests.only(rendered, "NetworkPolicy", "plimsoll-kafka");
        assertThat(Schemas.problems(policy)).isEmpty();
        assertThat(policy.at("/spec/egress"))
                .isEqualTo(Manifests.parse(ReadmeFiles.text("mine.yaml"))
                        .getFirst()
                        .at("/kafka/egress"))
                .hasSize(1);
        assertThat(Manifests.only(rendered, "ConfigMap", "plimsoll-broker")
                        .at("/data/bootstrap")
                        .asText())
                .isEqualTo("kafka.example:9092");
    }

    /** A rule without peers or ports would admit all of them. */
    @ParameterizedTest
    @CsvSource({
        "kafka.egress[0].ports[0].port, 9092",
        "kafka.egress[0].to[0].ipBlock.cidr, 192.0.2.0/28",
        "kafka.egress[0].to[0].ipblock.cidr, 192.0.2.0/28",
        "kafka.egress, none"
    })
    void aWayToTheBrokersThatIsNotWholeIsRefused(String value, String to) {
        assertThatThrownBy(() -> chart(Map.of(value, to)))
                .hasMessageContaining("values don't meet the specifications of the schema")
                .hasMessageContaining("egress");
    }

    @Test
    void aWorkerWithSeveralCardsIsThatOfTheOverlay() {
        JsonNode rendered = Manifests.only(
                chart(Map.of(
                        "workers.cards",
                        "2",
                        "workers.memory.request",
                        "96Gi",
                        "workers.memory.limit",
                        "136Gi")),
                "Deployment",
                "plimsoll-worker");
        assertThat(Schemas.problems(rendered)).isEmpty();
        JsonNode overlay =
                Manifests.only(Manifests.ofOverlay("wide"), "Deployment", "plimsoll-worker");
        assertThat(normalised(List.of(rendered))).isEqualTo(normalised(List.of(overlay)));
        JsonNode four = Manifests.only(
                chart(Map.of("workers.cards", "4")), "Deployment", "plimsoll-worker");
        assertThat(Manifests.variable(Manifests.container(four), "PLIMSOLL_DEVICES"))
                .isEqualTo("0,1,2,3");
        assertThat(Manifests.container(four)
                        .at("/resources/limits/nvidia.com~1gpu")
                        .asText())
                .isEqualTo("4");
    }

    /** With none a worker would train on the CPU, and nobody would be told. */
    @ParameterizedTest
    @CsvSource({
        "workers.cards, 0",
        "workers.cards, -1",
        "workers.cards, 1.5",
        "workers.cards, two",
        "workers.card, 2",
        "workers.replicas, -1",
        "run.shards, 0",
        "kafka.authentication, plain",
        "autoscaling.maxReplicas, 0"
    })
    void aValueThatCannotBeIsRefused(String value, String to) {
        assertThatThrownBy(() -> chart(Map.of(value, to)))
                .hasMessageContaining("values don't meet the specifications of the schema")
                .hasMessageContaining(value.substring(value.indexOf('.') + 1));
    }

    @Test
    void theChartIsWhatTheScriptMakesOfTheBase() throws Exception {
        assumeTrue(Kubectl.isHere(), "kubectl is not on this machine");
        assumeTrue(Kubectl.runs("python3", "--version"), "python3 is not on this machine");
        Path made = directory.resolve("templates");
        Process run = new ProcessBuilder("python3", "chart/make.py", made.toString())
                .inheritIO()
                .start();
        assertThat(run.waitFor()).isZero();
        assertThat(contents(CHART.resolve("templates"))).isEqualTo(contents(made));
    }

    private static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return contents;
    }

    private static List<JsonNode> chart(Map<String, String> values) {
        TemplateCommand template = template();
        values.forEach(template::set);
        return Manifests.parse(template.call());
    }

    private static TemplateCommand template() {
        return new Helm(CHART)
                .template()
                .withName("plimsoll")
                .withNamespace("plimsoll")
                .withKubeVersion("1.34.0");
    }

    /**
     * By kind and name. Names of config maps lose their hashes, which the chart has not; the
     * chart's checksums and the namespace, which Helm makes, are left out.
     */
    private static Map<String, JsonNode> normalised(List<JsonNode> manifests) {
        Map<String, JsonNode> all = new TreeMap<>();
        for (JsonNode manifest : manifests) {
            String text = manifest.toString()
                    .replaceAll("plimsoll-(run|broker)-[a-z0-9]{10}\\b", "plimsoll-$1");
            JsonNode same = Manifests.parse(text).getFirst();
            if (same.at("/spec/template/metadata") instanceof ObjectNode metadata) {
                metadata.remove("annotations");
            }
            if (same.at("/data/run.yaml").isTextual()) {
                ((ObjectNode) same.get("data"))
                        .set(
                                "run.yaml",
                                Manifests.parse(same.at("/data/run.yaml").asText())
                                        .getFirst());
            }
            if (!Manifests.kind(same).equals("Namespace")) {
                all.put(Manifests.label(same), same);
            }
        }
        return all;
    }
}
