package dev.plimsoll.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.kafka.ClientSettings;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.Setting;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The processes would take the variables and the file that the manifests give them. */
class SettingsTest {

    @TempDir
    Path directory;

    static List<String> overlays() {
        return Manifests.overlays();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void everyVariableIsASetting(String overlay) throws IOException {
        List<JsonNode> manifests = Manifests.ofOverlay(overlay);
        SettingValues coordinator =
                read(manifests, "Deployment", "coordinator", Catalogue.COORDINATOR);
        assertThat(coordinator.get(CoordinatorCatalogue.ROLES)).containsExactly("ingest", "plan");
        assertThat(coordinator.get(CoordinatorCatalogue.HTTP_NAMES))
                .containsExactly("plimsoll-coordinator.plimsoll.svc");
        assertThat(coordinator.given(CoordinatorCatalogue.HTTP_TOKENS))
                .as("others reach it, so it asks who they are")
                .isPresent();
        SettingValues parameters =
                read(manifests, "StatefulSet", "parameters", Catalogue.COORDINATOR);
        assertThat(parameters.get(CoordinatorCatalogue.ROLES)).containsExactly("parameters");
        assertThat(parameters.get(CoordinatorCatalogue.SERVE_SHARDS)).containsExactly(1);
        assertThat(parameters.given(CoordinatorCatalogue.HTTP_TOKENS)).isPresent();
        SettingValues worker = read(manifests, "Deployment", "worker", Catalogue.WORKER);
        assertThat(worker.get(WorkerCatalogue.DRAIN_SECONDS)).isEqualTo(60);
        assertThat(worker.get(WorkerCatalogue.HEALTH_PORT)).isEqualTo(8081);
        assertThat(worker.get(WorkerCatalogue.WORKER_ID)).isEqualTo("plimsoll-worker-abc");
    }

    /** Another prefix is said in one place. */
    @ParameterizedTest
    @MethodSource("overlays")
    void everyPodTakesThePrefixOfTheRun(String overlay) throws IOException {
        List<JsonNode> manifests = Manifests.ofOverlay(overlay);
        RunFile.put(manifests, "prefix", "other");
        for (SettingValues values : List.of(
                read(manifests, "Deployment", "coordinator", Catalogue.COORDINATOR),
                read(manifests, "StatefulSet", "parameters", Catalogue.COORDINATOR),
                read(manifests, "Deployment", "worker", Catalogue.WORKER),
                read(manifests, "Deployment", "operator", Catalogue.CLIENT))) {
            assertThat(values.get(ClientCatalogue.PREFIX)).isEqualTo("other");
        }
    }

    private SettingValues read(
            List<JsonNode> manifests, String kind, String role, List<Setting<?>> catalogue)
            throws IOException {
        JsonNode workload = Manifests.only(manifests, kind, "plimsoll-" + role);
        Map<String, String> environment = environment(workload);
        Path file = Files.writeString(
                directory.resolve(role + ".yaml"), RunFile.text(manifests, workload));
        assertThat(environment.replace("PLIMSOLL_CONFIG", file.toString()))
                .isEqualTo("/etc/plimsoll/run.yaml");
        ClientSettings.fromVariables(environment)
                .forEach((name, value) -> assertThat(ProducerConfig.configNames())
                        .as("client setting of %s", role)
                        .contains(name));
        return SettingValues.read(catalogue, Map.of(), environment);
    }

    /** As a container has it; what comes from elsewhere has a value that it might have. */
    private static Map<String, String> environment(JsonNode workload) {
        Map<String, String> environment = new TreeMap<>();
        for (JsonNode variable : Manifests.container(workload).get("env")) {
            String value = variable.path("value").asText();
            String field = variable.at("/valueFrom/fieldRef/fieldPath").asText();
            if (field.equals("metadata.labels['apps.kubernetes.io/pod-index']")) {
                value = "1";
            } else if (field.equals("metadata.name")) {
                value = "plimsoll-worker-abc";
            } else if (field.equals("metadata.namespace")) {
                value = workload.at("/metadata/namespace").asText();
            }
            // Kubernetes knows those that stand before
            for (Map.Entry<String, String> before : environment.entrySet()) {
                value = value.replace("$(" + before.getKey() + ")", before.getValue());
            }
            environment.put(variable.get("name").asText(), value);
        }
        return environment;
    }
}
