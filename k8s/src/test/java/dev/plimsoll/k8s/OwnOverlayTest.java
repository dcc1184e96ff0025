package dev.plimsoll.k8s;

import static dev.plimsoll.k8s.Manifests.container;
import static dev.plimsoll.k8s.Manifests.label;
import static dev.plimsoll.k8s.Manifests.name;
import static dev.plimsoll.k8s.Manifests.only;
import static dev.plimsoll.k8s.Manifests.workloads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The README's overlays, written beside those that are here, change what they say. */
class OwnOverlayTest {

    private static final String MINE = ReadmeFiles.text("k8s/overlays/mine/kustomization.yaml");
    private static final String SECOND = ReadmeFiles.text("k8s/overlays/second/kustomization.yaml");
    private static final String REGISTRY = "registry.example/plimsoll/";

    @TempDir
    Path k8s;

    static List<String> overlays() {
        return Manifests.overlays();
    }

    @BeforeAll
    static void onlyWithKubectl() {
        assumeTrue(Kubectl.isHere(), "kubectl is not on this machine");
    }

    @BeforeEach
    void copy() throws IOException {
        for (String folder : List.of("base", "components", "overlays")) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                for (Path file : files.toList()) {
                    Files.copy(file, k8s.resolve(file));
                }
            }
        }
    }

    @Test
    void everyPodTakesItsImageFromTheRegistryThatIsNamed() throws IOException {
        List<JsonNode> manifests = rendered("mine", MINE);
        assertThat(images(manifests))
                .containsExactlyInAnyOrder(
                        REGISTRY + "cli:0.1.0-SNAPSHOT",
                        REGISTRY + "coordinator:0.1.0-SNAPSHOT",
                        REGISTRY + "coordinator:0.1.0-SNAPSHOT",
                        REGISTRY + "worker-cuda:0.1.0-SNAPSHOT");
        assertThat(manifests).hasSameSizeAs(Manifests.ofOverlay("strimzi"));
    }

    /** Who reads a pod's template finds the name that an overlay is to use. */
    @ParameterizedTest
    @ValueSource(strings = {"coordinator", "parameters", "worker", "operator"})
    void aTemplatesImageIsNamedAsTheReadmeSays(String role) {
        String image = images(Manifests.read(Path.of("base", role + ".yaml"))).getFirst();
        assertThat(MINE).contains("- name: " + image + "\n");
    }

    /** With the names that the README lists. */
    @ParameterizedTest
    @MethodSource("overlays")
    void imagesHaveTheSameNamesOverEveryOverlay(String overlay) throws IOException {
        StringBuilder own = new StringBuilder("resources:\n  - ../" + overlay + "\nimages:\n");
        for (String image : List.of("cli", "coordinator", "worker-cuda", "worker-cpu")) {
            own.append("  - name: plimsoll/").append(image).append("\n    newName: ");
            own.append(REGISTRY).append(image).append("\n    newTag: \"7\"\n");
        }
        assertThat(images(rendered("mine", own.toString())))
                .isNotEmpty()
                .allMatch(image -> image.startsWith(REGISTRY) && image.endsWith(":7"));
    }

    @Test
    void shardsAreChangedInThreePlaces() throws IOException {
        String four = MINE.replace("count: 2", "count: 4").replace("value: 2", "value: 4");
        List<JsonNode> manifests = rendered("mine", four);
        assertThat(only(manifests, "StatefulSet", "plimsoll-parameters")
                        .at("/spec/replicas")
                        .asInt())
                .isEqualTo(4);
        assertThat(manifests)
                .filteredOn(manifest -> manifest.at("/spec/partitions").asInt() == 4)
                .extracting(Manifests::name)
                .contains(
                        "plimsoll.gradients",
                        "plimsoll.sums",
                        "plimsoll.adapter",
                        "plimsoll.optimizer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mtls", "scram"})
    void brokersElsewhereAreNamedInACopyOfExistingKafka(String security) throws IOException {
        Path copied = k8s.resolve("overlays/existing-kafka");
        Path mine = Files.createDirectories(k8s.resolve("overlays/mine"));
        Files.writeString(
                mine.resolve("brokers.yaml"),
                Files.readString(copied.resolve("brokers.yaml"))
                        .replace("port: 9093", "port: 19093"));
        List<JsonNode> manifests = rendered(
                "mine",
                Files.readString(copied.resolve("kustomization.yaml"))
                        .replace("components/mtls", "components/" + security)
                        .replaceFirst("bootstrap=.*", "bootstrap=kafka.example:19093"));
        assertThat(manifests)
                .extracting(manifest -> manifest.at("/data/bootstrap").asText())
                .contains("kafka.example:19093");
        assertThat(only(manifests, "NetworkPolicy", "plimsoll-kafka")
                        .at("/spec/egress/0/ports/0/port")
                        .asInt())
                .isEqualTo(19093);
    }

    @Test
    void anotherNamespaceIsFollowedByAllThatNameOne() throws IOException {
        for (String over : List.of("../strimzi", "../autoscaled")) {
            rendered("mine", MINE.replace("../strimzi", over));
            List<JsonNode> manifests = rendered("second", SECOND);
            for (JsonNode manifest : manifests) {
                String namespace = Manifests.kind(manifest).equals("Namespace")
                        ? name(manifest)
                        : manifest.at("/metadata/namespace").asText();
                assertThat(namespace).as(label(manifest)).isEqualTo("second");
                assertThat(manifest.toString())
                        .as(label(manifest))
                        .doesNotContain("plimsoll.svc")
                        .doesNotContain("\"namespace\":\"plimsoll\"");
            }
            if (over.equals("../autoscaled")) {
                assertThat(only(manifests, "ScaledObject", "plimsoll-worker")
                                .at("/spec/triggers/0/metadata/url")
                                .asText())
                        .isEqualTo("http://plimsoll-coordinator.second.svc:8080/api/autoscaling");
            }
        }
    }

    /** As the README says: the overlay is a folder with a copy of the base's run.yaml. */
    private List<JsonNode> rendered(String overlay, String kustomization) throws IOException {
        Path folder = Files.createDirectories(k8s.resolve("overlays").resolve(overlay));
        Files.writeString(folder.resolve("kustomization.yaml"), kustomization);
        Files.writeString(
                folder.resolve("run.yaml"), Files.readString(k8s.resolve("base/run.yaml")));
        return Manifests.parse(Kubectl.kustomize(folder));
    }

    private static List<String> images(List<JsonNode> manifests) {
        return workloads(manifests).stream()
                .map(workload -> container(workload).get("image").asText())
                .toList();
    }
}
