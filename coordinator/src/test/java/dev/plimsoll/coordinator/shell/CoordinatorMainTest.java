package dev.plimsoll.coordinator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;

import io.quarkus.test.junit.main.LaunchResult;
import io.quarkus.test.junit.main.QuarkusMainLauncher;
import io.quarkus.test.junit.main.QuarkusMainTest;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The whole process: checks, channels, page and end, as a user starts it. */
@QuarkusMainTest
class CoordinatorMainTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final HttpClient http = HttpClient.newHttpClient();
    private String base;

    @AfterEach
    void forgetOptions() {
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("plimsoll.") || name.startsWith("kafka."))
                .forEach(System::clearProperty);
    }

    @Test
    void servesUntilAnotherTakesOver(QuarkusMainLauncher launcher) throws Exception {
        commitStep();
        int port = freePort();
        base = "http://localhost:" + port;
        System.setProperty("quarkus.http.test-port", Integer.toString(port));
        CompletableFuture<LaunchResult> result = new CompletableFuture<>();
        Thread.ofPlatform()
                .start(() -> result.complete(launcher.launch(
                        "--bootstrap=" + clients.bootstrap(),
                        "--prefix=" + topics.prefix(),
                        "--model=" + TestSamples.MODEL)));
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> get("/q/health/ready").contains("\"UP\""));

        try (TestSamples samples = new TestSamples(clients, topics)) {
            samples.submit("a", "{\"text\":\"one\"}");
            samples.submit("b", "{\"text\":\"two\"}");
            samples.submit("c", "broken");
        }
        await().until(() -> get("/api/run").contains("\"backlogSamples\":2"));
        samplesAreTakenOverHttp();
        assertThat(post("/api/control/pause")).isEqualTo(202);
        await().until(() -> get("/api/run").contains("\"paused\":true"));
        assertThat(post("/api/control/checkpoint?name=c")).isEqualTo(202);
        assertThat(post("/api/control/rollback?name=a%20b")).isEqualTo(400);
        assertThat(post("/api/control/rollback")).isEqualTo(400);
        assertThat(post("/api/control/explode")).isEqualTo(404);
        assertThat(post("/api/control/source-weight?name=default")).isEqualTo(400);
        assertThat(post("/api/control/source-add?name=news&weight=3")).isEqualTo(202);
        await().until(() ->
                get("/api/run").contains("\"news\":{\"status\":\"ACTIVE\",\"weight\":3"));
        assertThat(post("/api/control/finish", "Origin", "http://elsewhere.example"))
                .isEqualTo(403);
        join("anna");
        measure("anna");
        await().until(() -> get("/q/metrics")
                .contains("plimsoll_worker_memory_bytes{kind=\"peak\",worker=\"anna\"} 2.0"));
        assertThat(get("/q/metrics"))
                .contains(
                        "plimsoll_samples_ingested_total{outcome=\"rejected\"} 2.0",
                        "plimsoll_samples_ingested_total{outcome=\"repeated\"} 3.0",
                        "plimsoll_backlog_samples 4.0");
        // committed before this process was started
        assertThat(get("/api/steps")).contains("\"step\":7", "\"loss\":1.25");
        assertThat(get("/q/metrics")).contains("plimsoll_step_loss_nats 1.25");
        assertThat(get("/")).contains("<title>Plimsoll</title>");

        RunSettings run;
        try (JournalReader journal = new JournalReader(clients, topics, "test-run")) {
            run = journal.run().orElseThrow();
        }
        try (var other = new Coordinator(clients, topics, run).planner(new LastView())) {
            assertThat(result.get().exitCode()).isEqualTo(ExitCode.FENCED.number());
        }
        assertThat(result.get().getOutput()).contains("READY http://localhost:" + port);
    }

    /** Telemetry counts of workers that are of the fleet alone. */
    private void join(String workerId) throws Exception {
        RunSettings created;
        try (JournalReader journal = new JournalReader(clients, topics, "test-run")) {
            created = journal.run().orElseThrow();
        }
        Report joined = new Report.Joined(
                workerId,
                "i-1",
                created.model().hash(),
                new WorkerDevice("cpu", "test", "fp32", 0));
        try (var writer = clients.of(created, topics).writer("test-joining")) {
            writer.send(Wire.REPORTS.toRecord(
                            topics.reports(),
                            Topics.reportPartition(joined),
                            workerId,
                            joined,
                            workerId,
                            "1"))
                    .get();
        }
        await().until(() -> get("/api/run").contains("\"workerId\":\"" + workerId + "\""));
    }

    /** A long one among them, which travels in parts; sent again, nothing is added. */
    private void samplesAreTakenOverHttp() throws Exception {
        String lines = "{\"text\":\"three\"}\n{\"text\":4}\n{\"text\":\"five\",\"note\":\""
                + "x".repeat(1_200_000) + "\"}\n";
        HttpResponse<String> answer = samples("application/x-ndjson", lines);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"sent\":3", "\"willBeRejected\":1", "\"line\":2,\"reason\":\"BAD_");
        await().until(() -> get("/api/run").contains("\"backlogSamples\":4"));
        assertThat(samples("application/x-ndjson", lines).body()).isEqualTo(answer.body());
        assertThat(samples("text/csv", lines).statusCode()).isEqualTo(415);
        assertThat(samples("application/json", "\n").statusCode()).isEqualTo(400);
        await().until(() -> get("/q/metrics")
                .contains("plimsoll_samples_ingested_total{outcome=\"repeated\"} 3.0"));
    }

    private HttpResponse<String> samples(String type, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/samples?source=test"))
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private void commitStep() {
        try (Admin admin = clients.admin("test-topics");
                var writer = clients.writer("test-steps")) {
            TopicAdmin.ensure(admin, topics, 1, 2);
            StepRecord step = new StepRecord(
                    7,
                    8,
                    1.25,
                    new StepRecord.StepCounts(100, 90, 4, 2, 1),
                    new StepRecord.StepRates(0.5, 1e-4, 1000, 100),
                    List.of());
            writer.send(Wire.STEPS.toRecord(topics.steps(), 0, "7", step, "test", "7"));
        }
    }

    private void measure(String workerId) {
        Telemetry measured = new Telemetry.WorkerMeasured(
                workerId, 1, 10, 3, new MemoryMeasures(1, 2, 3, 4, 5, 6));
        try (var writer = clients.writer("test-telemetry")) {
            writer.send(Wire.TELEMETRY.toRecord(
                    topics.telemetry(), null, workerId, measured, workerId, "1"));
        }
    }

    private String get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path)).build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private int post(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(base + path));
        if (headers.length > 0) {
            builder.headers(headers);
        }
        HttpRequest request = builder.POST(HttpRequest.BodyPublishers.noBody()).build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
