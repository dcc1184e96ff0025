package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.kafka.Clients;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a coordinator and a worker serve for Prometheus, while and after they train. */
@Tag("slow")
class FleetMetricsTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Path MONITORING = Path.of("../../k8s/components/monitoring");
    private static final Topics TOPICS = new Topics("measured");
    private static final int SAMPLES = 12;
    private static final int SAMPLES_PER_STEP = 4;
    private static final long STEPS = SAMPLES / SAMPLES_PER_STEP;

    @TempDir
    static Path directory;

    private static String ofCoordinator;
    private static String ofWorker;
    private static JsonNode audit;
    private static List<JsonNode> steps;
    private static List<String> problems;
    private static final SortedMap<String, Integer> TYPES = new TreeMap<>();

    /** Three steps of one worker, and two samples that are rejected. */
    @BeforeAll
    static void train() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"));
                GuardedFleet fleet = new GuardedFleet(directory, TOPICS.prefix())) {
            Map<String, String> client = Map.of("bootstrap.servers", broker.bootstrap());
            Commands commands = new Commands(directory, client);
            fleet.coordinator(
                    "ingest,plan,parameters",
                    client,
                    Map.of("samples-per-step", "" + SAMPLES_PER_STEP, "state-every", "1"));
            int port = freePort();
            fleet.worker("anna", client, Map.of("health-port", "" + port));
            submit(commands);
            URI metrics = URI.create("http://localhost:" + port + "/metrics");
            await().atMost(PATIENCE).until(() -> {
                fleet.requireAllRun();
                return fleet.scrape().contains("plimsoll_steps_total " + STEPS + ".0\n");
            });
            ofWorker = fleet.scrape(metrics);
            assertThat(commands.run(TOPICS.prefix(), "finish").code()).isZero();
            await().atMost(PATIENCE)
                    .until(() -> fleet.scrape().contains("plimsoll_run_finished 1.0"));
            ofCoordinator = fleet.scrape();
            Ended audited = commands.run(TOPICS.prefix(), "audit", "--json");
            assertThat(audited.code()).as(audited.out() + audited.err()).isZero();
            audit = Json.mapper().readTree(audited.out());
            problems = problems(new Clients(broker.bootstrap()));
            steps = commands.run(TOPICS.prefix(), "watch", "--once", "--json")
                    .out()
                    .lines()
                    .map(FleetMetricsTest::json)
                    .filter(line -> line.path("kind").asText().equals("step"))
                    .toList();
        }
    }

    /** Of every JSON record that the fleet wrote, by the schemas that a coordinator serves. */
    private static List<String> problems(Clients clients) throws IOException {
        List<String> found = new ArrayList<>();
        Map<String, JsonSchema> schemas = new HashMap<>();
        JsonSchemaFactory factory = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
        for (Topics.Spec topic : TOPICS.specs(1, 1)) {
            TopicScan.read(clients, topic.name(), record -> {
                String type = WireHeaders.find(record.headers(), WireHeaders.TYPE);
                String form = WireHeaders.find(record.headers(), "content-type");
                if ("application/json".equals(form) && !type.equals("plimsoll.sample.v1")) {
                    TYPES.merge(type, 1, Integer::sum);
                    schemas.computeIfAbsent(type, _ -> schema(factory, type))
                            .validate(json(new String(record.value(), UTF_8)))
                            .forEach(problem -> found.add(type + ": " + problem));
                }
            });
        }
        return found;
    }

    private static JsonSchema schema(JsonSchemaFactory factory, String type) {
        try (InputStream file = FleetMetricsTest.class.getResourceAsStream(
                "/META-INF/resources/schemas/" + type + ".json")) {
            assertThat(file).as("a schema of %s", type).isNotNull();
            return factory.getSchema(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatTheFleetWroteIsOfItsSchemas() {
        assertThat(problems).isEmpty();
        assertThat(TYPES)
                .hasSizeGreaterThan(25)
                .containsKeys(
                        "plimsoll.step.StepRecord.v1",
                        "plimsoll.journal.StepCommitted.v1",
                        "plimsoll.telemetry.WorkerMeasured.v1");
    }

    private static void submit(Commands commands) throws IOException {
        StringBuilder lines = new StringBuilder("{\"text\":1}\nno sample\n");
        for (int i = 0; i < SAMPLES; i++) {
            lines.append("{\"text\":\"sample ").append(i).append("\"}\n");
        }
        Path file = Files.writeString(directory.resolve("samples.jsonl"), lines);
        Ended submitted = commands.run(TOPICS.prefix(), "submit", file.toString());
        assertThat(submitted.err()).isEmpty();
    }

    private static JsonNode json(String line) {
        try {
            return Json.mapper().readTree(line);
        } catch (IOException e) {
            throw new AssertionError(line, e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rules.yaml", "dashboard.json"})
    void whatAlertsAndDashboardNameIsServed(String file) throws IOException {
        Set<String> named = Pattern.compile("\\bplimsoll_[a-z_]+")
                .matcher(Files.readString(MONITORING.resolve(file)))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named)
                .hasSizeGreaterThan(5)
                .allSatisfy(name -> assertThat(ofCoordinator + "\n" + ofWorker)
                        .containsPattern("(?m)^" + name + "[ {]"));
    }

    @Test
    void countersAreTheAuditsNumbers() {
        assertThat(steps).hasSize((int) STEPS);
        assertThat(value(ofCoordinator, "plimsoll_steps_total")).isEqualTo(STEPS);
        assertThat(value(ofCoordinator, "plimsoll_samples_trained_total"))
                .isEqualTo(audit.path("trainedOnce").asLong())
                .isEqualTo(SAMPLES);
        assertThat(sum(ofCoordinator, "plimsoll_samples_rejected_total"))
                .isEqualTo(audit.path("rejected").asLong())
                .isEqualTo(2);
        assertThat(sum(ofCoordinator, "plimsoll_samples_ingested_total"))
                .isEqualTo(audit.path("submitted").asLong());
        assertThat(value(ofCoordinator, "plimsoll_tokens_trained_total"))
                .isEqualTo(sumOfSteps("tokens"))
                .isEqualTo(value(ofWorker, "plimsoll_engine_tokens_total", "work=\"trained\""))
                .isPositive();
        assertThat(value(ofWorker, "plimsoll_engine_microbatches_total", "outcome=\"trained\""))
                .isEqualTo(sumOfSteps("microBatches"))
                .isEqualTo(value(ofWorker, "plimsoll_engine_backward_seconds_count"));
    }

    private static long sumOfSteps(String count) {
        return steps.stream()
                .mapToLong(step -> step.path("counts").path(count).asLong())
                .sum();
    }

    private static long value(String served, String name, String... labels) {
        return served.lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .filter(line -> List.of(labels).stream().allMatch(line::contains))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .mapToLong(number -> (long) Double.parseDouble(number))
                .reduce((before, more) -> {
                    throw new AssertionError("several series of " + name);
                })
                .orElseThrow(() -> new AssertionError(name + " is not served"));
    }

    private static long sum(String served, String name) {
        return served.lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToLong(line ->
                        (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Of others' names it finds some; ours have none. */
    @Test
    void promtoolFindsNothing() throws Exception {
        assumeTrue(Promtool.isHere(), "promtool is not on this machine");
        for (String served : List.of(ofCoordinator, ofWorker)) {
            Promtool.Said said = Promtool.checkMetrics(served);
            assertThat(said.text()).doesNotContain("error while linting", "parse error");
            assertThat(said.text().lines().filter(line -> line.startsWith("plimsoll_")))
                    .isEmpty();
        }
        assertThat(ofCoordinator.lines().filter(line -> line.startsWith("# HELP ")))
                .isNotEmpty()
                .noneMatch(line -> line.contains("\\"));
        assertThat(Promtool.checkMetrics("plimsoll_no_help 1\n").text())
                .contains("plimsoll_no_help no help text");
    }

    @AfterAll
    static void forget() {
        ofCoordinator = null;
        ofWorker = null;
    }
}
