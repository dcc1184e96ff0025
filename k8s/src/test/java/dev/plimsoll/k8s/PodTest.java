package dev.plimsoll.k8s;

import static dev.plimsoll.k8s.Manifests.container;
import static dev.plimsoll.k8s.Manifests.label;
import static dev.plimsoll.k8s.Manifests.name;
import static dev.plimsoll.k8s.Manifests.only;
import static dev.plimsoll.k8s.Manifests.podSpec;
import static dev.plimsoll.k8s.Manifests.variable;
import static dev.plimsoll.k8s.Manifests.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.settings.WorkerCatalogue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What holds for every pod: the restricted profile of pod security, and this program's needs. */
class PodTest {

    /** What the restricted profile lets a volume be. */
    private static final Set<String> VOLUMES = Set.of(
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "image",
            "persistentVolumeClaim",
            "projected",
            "secret");

    /** After the drain: to take leave (3 s), and for the engine to end (10 s). */
    private static final int AFTER_DRAIN_SECONDS = 13;

    static List<String> overlays() {
        return Manifests.overlays();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void everyPodIsRestricted(String overlay) {
        List<JsonNode> workloads = workloads(Manifests.ofOverlay(overlay));
        assertThat(workloads).hasSizeGreaterThanOrEqualTo(3);
        for (JsonNode workload : workloads) {
            JsonNode pod = podSpec(workload);
            assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean())
                    .as(label(workload))
                    .isTrue();
            assertThat(pod.at("/securityContext/runAsUser").asInt()).isGreaterThan(0);
            assertThat(pod.at("/securityContext/seccompProfile/type").asText())
                    .isEqualTo("RuntimeDefault");
            for (String host : List.of("hostNetwork", "hostPID", "hostIPC")) {
                assertThat(pod.has(host)).as("%s of %s", host, label(workload)).isFalse();
            }
            pod.get("volumes").forEach(volume -> {
                Set<String> kinds = new TreeSet<>();
                volume.fieldNames().forEachRemaining(kinds::add);
                kinds.remove("name");
                assertThat(VOLUMES).as("volume %s", volume).containsAll(kinds);
            });
            pod.get("containers").forEach(container -> restricted(workload, container));
        }
    }

    private static void restricted(JsonNode workload, JsonNode container) {
        JsonNode context = container.get("securityContext");
        assertThat(context.get("allowPrivilegeEscalation").asBoolean(true))
                .as(label(workload))
                .isFalse();
        assertThat(context.get("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(context.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
        assertThat(context.at("/capabilities/add").isMissingNode()).isTrue();
        assertThat(container.at("/resources/requests/memory").isMissingNode()).isFalse();
        assertThat(container.at("/resources/requests/cpu").isMissingNode()).isFalse();
        assertThat(container.at("/resources/limits/memory").isMissingNode()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void noPodIsGivenATokenOrVariablesOfServices(String overlay) {
        for (JsonNode workload : workloads(Manifests.ofOverlay(overlay))) {
            assertThat(podSpec(workload).get("automountServiceAccountToken").asBoolean(true))
                    .as(label(workload))
                    .isFalse();
            assertThat(podSpec(workload).get("enableServiceLinks").asBoolean(true))
                    .as("%s: the variables begin with PLIMSOLL_ as settings do", label(workload))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void aWorkerMayDrainBeforeItIsKilled(String overlay) {
        JsonNode worker = only(Manifests.ofOverlay(overlay), "Deployment", "plimsoll-worker");
        int drain = Integer.parseInt(variable(container(worker), "PLIMSOLL_DRAIN_SECONDS"));
        assertThat(podSpec(worker).get("terminationGracePeriodSeconds").asInt())
                .isGreaterThan(drain + AFTER_DRAIN_SECONDS);
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void everyShardHasAPod(String overlay) {
        List<JsonNode> manifests = Manifests.ofOverlay(overlay);
        JsonNode parameters = only(manifests, "StatefulSet", "plimsoll-parameters");
        assertThat(parameters.at("/spec/replicas").asInt())
                .isEqualTo(RunFile.of(manifests, parameters).get("shards").asInt());
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void aVolumeThatIsMountedIsThere(String overlay) {
        for (JsonNode workload : workloads(Manifests.ofOverlay(overlay))) {
            Set<String> there = new TreeSet<>();
            podSpec(workload)
                    .get("volumes")
                    .forEach(v -> there.add(v.get("name").asText()));
            workload.at("/spec/volumeClaimTemplates").forEach(claim -> there.add(name(claim)));
            Set<String> mounted = new TreeSet<>();
            container(workload)
                    .get("volumeMounts")
                    .forEach(mount -> mounted.add(mount.get("name").asText()));
            assertThat(mounted).as(label(workload)).isEqualTo(there);
        }
    }

    /** Each process starts with a probe of its own that waits long enough. */
    @ParameterizedTest
    @MethodSource("overlays")
    void processesOfARunAreProbed(String overlay) {
        List<JsonNode> manifests = Manifests.ofOverlay(overlay);
        for (JsonNode workload : List.of(
                only(manifests, "Deployment", "plimsoll-coordinator"),
                only(manifests, "StatefulSet", "plimsoll-parameters"),
                only(manifests, "Deployment", "plimsoll-worker"))) {
            for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
                assertThat(container(workload).at("/" + probe + "/httpGet/path").asText())
                        .as("%s of %s", probe, label(workload))
                        .startsWith("/");
            }
        }
    }

    @Test
    void workersHaveAGpuEachButInTheTrial() {
        for (String overlay : List.of("strimzi", "autoscaled", "kueue", "model-image")) {
            JsonNode worker = only(Manifests.ofOverlay(overlay), "Deployment", "plimsoll-worker");
            assertThat(container(worker).at("/resources/limits/nvidia.com~1gpu").asText())
                    .isEqualTo("1");
        }
        JsonNode claimed = only(Manifests.ofOverlay("dra"), "Deployment", "plimsoll-worker");
        assertThat(container(claimed).at("/resources/limits").has("nvidia.com/gpu"))
                .isFalse();
        assertThat(container(claimed).at("/resources/claims/0/name").asText())
                .isEqualTo(podSpec(claimed).at("/resourceClaims/0/name").asText());
        JsonNode trial = only(Manifests.ofOverlay("trial"), "Deployment", "plimsoll-worker");
        assertThat(container(trial).at("/resources/requests").has("nvidia.com/gpu"))
                .isFalse();
    }

    /** Each card that is named is a GPU of the pod, which sees no others. */
    @Test
    void aWideWorkerHasAGpuForEachOfItsCards() {
        List<JsonNode> manifests = Manifests.ofOverlay("wide");
        JsonNode container = container(only(manifests, "Deployment", "plimsoll-worker"));
        List<Integer> cards =
                WorkerCatalogue.DEVICES.parse(variable(container, "PLIMSOLL_DEVICES"));
        assertThat(cards)
                .hasSizeGreaterThan(1)
                .isEqualTo(IntStream.range(0, cards.size()).boxed().toList());
        for (String kind : List.of("requests", "limits")) {
            assertThat(container.at("/resources/" + kind + "/nvidia.com~1gpu").asInt())
                    .as(kind)
                    .isEqualTo(cards.size());
        }
    }

    /**
     * Of a 70B: 10 GB of process and heap, and for 28,672 tokens 43 GB of layers' inputs, on two
     * cards, and as much for attention's outputs. These are kept while they take at most half of
     * what the limit leaves, card after card.
     */
    @Test
    void aWideWorkerHasMemoryForWhatLayersLeaveThere() {
        JsonNode container =
                container(only(Manifests.ofOverlay("wide"), "Deployment", "plimsoll-worker"));
        double process = 10e9;
        double inputs = 43e9;
        assertThat(bytes(container, "requests"))
                .as("inputs and attention's outputs")
                .isGreaterThan(process + 2 * inputs);
        double second = bytes(container, "limits") - process - inputs;
        assertThat(inputs).as("the second card's half of both").isLessThan(second / 2);
        assertThat(bytes(container, "limits"))
                .as("inputs beside the heap of rank 64")
                .isGreaterThan(5e9 + 40e9 + inputs);
    }

    private static double bytes(JsonNode container, String kind) {
        String text = container.at("/resources/" + kind + "/memory").asText();
        assertThat(text).endsWith("Gi");
        return Integer.parseInt(text.substring(0, text.length() - 2)) * 0x1p30;
    }
}
