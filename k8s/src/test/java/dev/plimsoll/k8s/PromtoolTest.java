package dev.plimsoll.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Prometheus itself reads the alerts and what the dashboard asks it. */
class PromtoolTest {

    private static final Path MONITORING = Path.of("components/monitoring");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    @BeforeAll
    static void onlyWithPromtool() {
        assumeTrue(Kubectl.runs("promtool", "--version"), "promtool is not on this machine");
    }

    private static JsonNode rules() {
        return Manifests.read(MONITORING.resolve("rules.yaml")).getFirst().get("spec");
    }

    @Test
    void theAlertsAreRules() throws Exception {
        assertThat(checked(rules())).contains("SUCCESS: 5 rules found");
    }

    @Test
    void theDashboardAsksInItsLanguage() throws Exception {
        ObjectNode group = JSON.createObjectNode().put("name", "dashboard");
        ArrayNode all = group.putArray("rules");
        JsonNode dashboard = JSON.readTree(MONITORING.resolve("dashboard.json").toFile());
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                all.addObject()
                        .put(
                                "record",
                                "panel" + panel.get("id").asInt() + ":"
                                        + target.get("refId").asText())
                        .set("expr", target.get("expr"));
            }
        }
        assertThat(all).hasSizeGreaterThan(10);
        ObjectNode file = JSON.createObjectNode();
        file.putArray("groups").add(group);
        assertThat(checked(file)).contains("SUCCESS: " + all.size() + " rules found");
        ((ObjectNode) all.get(0)).put("expr", "sum(");
        assertThat(checked(file)).contains("FAILED");
    }

    /** Each alert with series that raise it and others that do not. */
    @Test
    void theAlertsAreRaisedWhenTheyShould() throws Exception {
        Files.writeString(directory.resolve("rules.json"), rules().toString());
        Path cases = Files.copy(
                Path.of("src/test/resources/alerts.yaml"), directory.resolve("alerts.yaml"));
        assertThat(promtool("test", "rules", cases.toString())).contains("SUCCESS");
    }

    /** JSON is YAML. */
    private String checked(JsonNode rules) throws IOException, InterruptedException {
        Path file = directory.resolve("checked.json");
        Files.writeString(file, rules.toString());
        return promtool("check", "rules", file.toString());
    }

    private static String promtool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }
}
