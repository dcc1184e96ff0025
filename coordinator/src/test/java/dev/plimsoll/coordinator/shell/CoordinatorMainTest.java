package dev.plimsoll.coordinator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.coordinator.start.CoordinatorSettings;
import dev.plimsoll.coordinator.start.Preflight;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;

import io.quarkus.test.junit.main.LaunchResult;
import io.quarkus.test.junit.main.QuarkusMainLauncher;
import io.quarkus.test.junit.main.QuarkusMainTest;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The whole process: checks, channels, page and end, as a user starts it. */
@QuarkusMainTest
@Tag("slow")
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
        RunSettings run = createRun();
        commitStep(run);
        int port = freePort();
        base = "http://localhost:" + port;
        System.setProperty("quarkus.http.test-port", Integer.toString(port));
        // what a process that is no test looks at before its start
        System.setProperty("quarkus.http.port", "0");
        CompletableFuture<LaunchResult> result = new CompletableFuture<>();
        Thread.ofPlatform()
                .start(() -> result.complete(launcher.launch(
                        "--bootstrap=" + clients.bootstrap(),
                        "--prefix=" + topics.prefix(),
                        "--model=" + TestSamples.MODEL,
                        "--take-over")));
        await().atMost(Duration.ofMinutes(3))
                .ignoreExceptions()
                .until(() -> get("/q/health/ready").contains("\"UP\""));

        writeHeadersWithoutValues();
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
        onlyItsOwnPagesMayChangeTheRun(port);
        join("anna", run);
        measure("anna", 2, clients.of(run, topics));
        measure("anna", 99, clients);
        await().until(() ->
                get("/q/metrics").matches("(?s).*plimsoll_records_foreign_total [2-9].*"));
        await().until(() -> get("/q/metrics")
                .contains("plimsoll_worker_memory_bytes{kind=\"peak\",worker=\"anna\"} 2.0"));
        assertThat(get("/q/metrics"))
                .contains(
                        "plimsoll_samples_ingested_total{outcome=\"rejected\"} 3.0",
                        "plimsoll_samples_ingested_total{outcome=\"repeated\"} 3.0",
                        "plimsoll_backlog_samples 4.0");
        // committed before this process was started
        assertThat(get("/api/steps"))
                .contains("\"step\":7", "\"loss\":1.25")
                .doesNotContain("\"step\":9");
        assertThat(get("/q/metrics")).contains("plimsoll_step_loss_nats 1.25");
        assertThat(get("/q/metrics")).contains("plimsoll_regret 0.0");
        thePageIsToldWhatHappens();
        assertThat(get("/api/autoscaling"))
                .contains("\"workersThatWouldHelp\":", "\"reason\":", "\"waitingTokens\":");
        alertsAndDashboardNameMetricsThatAreThere(get("/q/metrics"));

        try (var other = new Coordinator(clients, topics, run).planner(new LastView())) {
            assertThat(result.get().exitCode()).isEqualTo(ExitCode.FENCED.number());
        }
        assertThat(result.get().getOutput()).contains("READY http://localhost:" + port);
    }

    /** And only the run's own pages are. */
    private void thePageIsToldWhatHappens() throws Exception {
        assertThat(get("/")).contains("<title>Plimsoll</title>", "page/main.js");
        assertThat(get("/page/main.js")).contains("api/live");
        assertThat(get("/uplot/uPlot.esm.js")).contains("export { uPlot as default }");
        LiveListener page = new LiveListener();
        URI live = URI.create(base.replace("http:", "ws:") + "/api/live");
        WebSocket socket = http.newWebSocketBuilder().buildAsync(live, page).get();
        String told = page.until(
                "\"all\":true",
                "\"loss\":[1.25]",
                "\"paused\":true",
                "checkpoint c is asked",
                "source news: ",
                "\"worker\":\"anna\"",
                "\"reason\":\"NOT_JSON\"",
                "\"lag\":{");
        assertThat(told).doesNotContain("recordPrefix");
        assertThat(post("/api/control/resume")).isEqualTo(202);
        assertThat(page.until("resumed: "))
                .contains("\"all\":false")
                .doesNotContain("\"all\":true", "checkpoint c is asked");
        socket.sendText("anything", true).get();
        assertThat(page.closed().get()).isEqualTo(1008);
        CompletableFuture<WebSocket> stranger = http.newWebSocketBuilder()
                .header("Origin", "http://elsewhere.example")
                .buildAsync(live, new LiveListener());
        assertThat(stranger)
                .failsWithin(Duration.ofMinutes(2))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(WebSocketHandshakeException.class);
    }

    /** Puts what is said to the page in its order. */
    private static final class LiveListener implements WebSocket.Listener {
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            message.append(text);
            if (last) {
                messages.add(message.toString());
                message.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return null;
        }

        /** All messages until all of this was said. */
        String until(String... words) throws InterruptedException {
            StringBuilder said = new StringBuilder();
            while (!List.of(words).stream().allMatch(word -> said.indexOf(word) >= 0)) {
                String next = messages.poll(2, TimeUnit.MINUTES);
                assertThat(next).as("a message in two minutes, after " + said).isNotNull();
                said.append(next);
            }
            return said.toString();
        }

        CompletableFuture<Integer> closed() {
            return closed.orTimeout(2, TimeUnit.MINUTES);
        }
    }

    /** The manifests of the module k8s would stay silent otherwise. A worker has the engine's. */
    private static void alertsAndDashboardNameMetricsThatAreThere(String metrics)
            throws IOException {
        Set<String> named = new TreeSet<>();
        for (String file : List.of("rules.yaml", "dashboard.json")) {
            String text = Files.readString(Path.of("../k8s/components/monitoring", file));
            Matcher names = Pattern.compile("\\bplimsoll_(?!engine_)[a-z_]+").matcher(text);
            while (names.find()) {
                named.add(names.group());
            }
        }
        assertThat(named)
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(metrics).containsPattern("(?m)^" + name + "[ {]"));
    }

    /** Row 22 of the hostile inputs. */
    private void onlyItsOwnPagesMayChangeTheRun(int port) throws Exception {
        String post = "POST /api/control/pause HTTP/1.1\r\nContent-Length: 0\r\n";
        assertThat(raw(port, post + "Host: evil.example\r\nOrigin: http://evil.example\r\n"))
                .startsWith("HTTP/1.1 403 ")
                .contains("'evil.example'", "--http-names");
        assertThat(raw(port, post + "Host: evil.example\r\n")).startsWith("HTTP/1.1 403 ");
        assertThat(raw(port, post + "Host: localhost:1\r\nOrigin: http://localhost:1\r\n"))
                .startsWith("HTTP/1.1 202 ");
        assertThat(raw(
                        port,
                        "POST /samples HTTP/1.1\r\nHost: evil.example\r\n"
                                + "Content-Type: application/x-ndjson\r\nContent-Length: 0\r\n"))
                .startsWith("HTTP/1.1 403 ");
        String page = raw(port, "GET / HTTP/1.1\r\nHost: localhost\r\n");
        assertThat(page)
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("X-Frame-Options: DENY")
                .containsIgnoringCase("X-Content-Type-Options: nosniff")
                .containsIgnoringCase("Content-Security-Policy: frame-ancestors 'none'");
        String get = "GET / HTTP/1.1\r\nHost: localhost\r\n";
        assertThat(raw(port, get + "X: " + "x".repeat(20_000) + "\r\n"))
                .startsWith("HTTP/1.1 431 ");
        assertThat(raw(
                        port,
                        "POST /samples HTTP/1.1\r\nHost: localhost\r\n"
                                + "Content-Type: application/x-ndjson\r\n"
                                + "Content-Length: 2000000000\r\n"))
                .startsWith("HTTP/1.1 413 ");
    }

    /** The answer to a request of which this is the head, without the empty line at its end. */
    private static String raw(int port, String head) throws IOException {
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write((head + "Connection: close\r\n\r\n").getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    /** By another process, before this one. */
    private RunSettings createRun() {
        RunSettings run = new Preflight(CoordinatorSettings.read(
                        new Properties(),
                        Map.of(),
                        "--bootstrap=" + clients.bootstrap(),
                        "--prefix=" + topics.prefix(),
                        "--model=" + TestSamples.MODEL))
                .check()
                .run();
        try (var planner = new Coordinator(clients, topics, run).planner(new LastView());
                JournalReader journal = new JournalReader(clients, topics, "test-run")) {
            assertThat(journal.awaitRun(Duration.ofMinutes(2))).isPresent();
        }
        return run;
    }

    /** Telemetry counts of workers that are of the fleet alone. */
    private void join(String workerId, RunSettings created) throws Exception {
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

    /** And a stranger another one. */
    private void commitStep(RunSettings run) {
        try (var writer = clients.of(run, topics).writer("test-steps");
                var stranger = clients.writer("test-stranger")) {
            writer.send(Wire.STEPS.toRecord(topics.steps(), 0, "7", step(7), "test", "7"));
            writer.flush();
            stranger.send(Wire.STEPS.toRecord(topics.steps(), 0, "9", step(9), "test", "9"));
        }
    }

    private static StepRecord step(long number) {
        return new StepRecord(
                number,
                number + 1,
                1.25,
                new StepRecord.StepCounts(100, 90, 4, 2, 1),
                new StepRecord.StepRates(0.5, 1e-4, 1000, 100),
                List.of());
    }

    /** They ended the channels once, which took them for events of a kind that has such headers. */
    private void writeHeadersWithoutValues() {
        try (var stranger = clients.writer("test-headers")) {
            for (String topic : List.of(
                    topics.samples(),
                    topics.steps(),
                    topics.telemetry(),
                    topics.journal(),
                    topics.rejected())) {
                ProducerRecord<byte[], byte[]> record =
                        new ProducerRecord<>(topic, 0, null, "strange".getBytes(UTF_8));
                for (String header : List.of("ce_id", "ce_type", "ce_source", "ce_specversion")) {
                    record.headers().add(header, null);
                }
                stranger.send(record);
            }
        }
    }

    private void measure(String workerId, long peakBytes, Clients by) {
        Telemetry measured = new Telemetry.WorkerMeasured(
                workerId, 1, 10, 3, new MemoryMeasures(1, peakBytes, 3, 4, 5, 6), 0);
        try (var writer = by.writer("test-telemetry")) {
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
