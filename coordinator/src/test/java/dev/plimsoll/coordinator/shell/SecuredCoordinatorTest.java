package dev.plimsoll.coordinator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.start.CoordinatorSettings;
import dev.plimsoll.coordinator.start.Preflight;
import dev.plimsoll.coordinator.start.StartProblem;
import dev.plimsoll.coordinator.testkit.FakeWorker;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.embedded.SecuredBroker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.RunSettings;

import io.quarkus.test.junit.main.LaunchResult;
import io.quarkus.test.junit.main.QuarkusMainLauncher;
import io.quarkus.test.junit.main.QuarkusMainTest;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.Writer;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;

/** A whole coordinator, a worker and a client through TLS, also with user and password. */
@QuarkusMainTest
@Tag("slow")
class SecuredCoordinatorTest {

    private static final int SAMPLES_PER_STEP = 4;

    @TempDir
    Path directory;

    private final Topics topics = new Topics("secured");
    private final HttpClient http = HttpClient.newHttpClient();
    private String base;

    @AfterEach
    void forgetClientSettings() {
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("kafka.") || name.startsWith("plimsoll."))
                .forEach(System::clearProperty);
    }

    @Test
    void trainsThroughTls(QuarkusMainLauncher launcher) throws Exception {
        try (SecuredBroker broker = SecuredBroker.start(directory)) {
            trains(launcher, broker.tls());
        }
    }

    @Test
    void trainsThroughTlsWithUserAndPassword(QuarkusMainLauncher launcher) throws Exception {
        try (SecuredBroker broker = SecuredBroker.start(directory)) {
            trains(launcher, broker.saslOverTls(SecuredBroker.PASSWORD));
        }
    }

    @Test
    void aWrongPasswordEndsTheStart() throws Exception {
        try (SecuredBroker broker = SecuredBroker.start(directory)) {
            CoordinatorSettings settings = CoordinatorSettings.read(
                    new Properties(),
                    Map.of(),
                    "--kafka-config=" + file(broker.saslOverTls("wrong")),
                    "--model=" + TestSamples.MODEL);
            assertThatThrownBy(() -> new Preflight(settings).check())
                    .isInstanceOfSatisfying(
                            StartProblem.class,
                            e -> assertThat(e.exitCode()).isEqualTo(ExitCode.BROKER))
                    .hasMessageContaining("does not accept the user name or password");
        }
    }

    private void trains(QuarkusMainLauncher launcher, Map<String, String> settings)
            throws Exception {
        Clients clients = new Clients(settings.get("bootstrap.servers"), settings);
        int port = freePort();
        base = "http://localhost:" + port;
        System.setProperty("quarkus.http.test-port", Integer.toString(port));
        // what a process that is no test looks at before its start
        System.setProperty("quarkus.http.port", "0");
        CompletableFuture<LaunchResult> result = new CompletableFuture<>();
        Path file = file(settings);
        Thread.ofPlatform()
                .start(() -> result.complete(launcher.launch(
                        "--kafka-config=" + file,
                        "--prefix=" + topics.prefix(),
                        "--samples-per-step=" + SAMPLES_PER_STEP,
                        "--steps=2",
                        "--model=" + TestSamples.MODEL)));
        await().atMost(Duration.ofMinutes(5))
                .ignoreExceptions()
                .until(() -> !get("/q/health/ready").contains("\"DOWN\""));
        RunSettings run = run(clients, topics);
        try (TestSamples samples = new TestSamples(clients, topics);
                FakeWorker worker =
                        new FakeWorker(clients.of(run, topics), topics, "anna", 1000, run)) {
            for (int i = 0; i < 2 * SAMPLES_PER_STEP; i++) {
                samples.submit("s" + i, "{\"text\":\"sample number " + i + "\"}");
            }
            // what the steps' channel read, which the planner wrote, which the shards applied
            await().atMost(Duration.ofMinutes(5))
                    .until(() -> get("/api/steps").contains("\"step\":1"));
            assertThat(worker.trained()).isPositive();
        }
        // the channel that writes
        HttpRequest finish = HttpRequest.newBuilder(URI.create(base + "/api/control/finish"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(http.send(finish, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(202);
        takeOver(clients);
        assertThat(result.get().exitCode()).isEqualTo(ExitCode.FENCED.number());
    }

    /** Ends the process under test as another coordinator would. */
    private void takeOver(Clients clients) {
        try (Admin admin = clients.admin("test");
                var planner = clients.transactionalWriter("test", topics.prefix() + "-planner");
                var shard = clients.transactionalWriter("test", topics.prefix() + "-shard-0")) {
            TopicAdmin.ensure(admin, topics, 1, 2);
            planner.initTransactions();
            shard.initTransactions();
        }
    }

    private Path file(Map<String, String> settings) throws Exception {
        Properties properties = new Properties();
        properties.putAll(settings);
        Path file = directory.resolve("client.properties");
        try (Writer out = Files.newBufferedWriter(file)) {
            properties.store(out, null);
        }
        return file;
    }

    private String get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path)).build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static RunSettings run(Clients clients, Topics topics) {
        try (JournalReader journal = new JournalReader(clients, topics, "test-run")) {
            return journal.awaitRun(Duration.ofMinutes(5)).orElseThrow();
        }
    }
}
