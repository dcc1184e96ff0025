package dev.plimsoll.coordinator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.start.CoordinatorSettings;
import dev.plimsoll.coordinator.start.Preflight;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.RunSettings;

import io.quarkus.test.junit.main.LaunchResult;
import io.quarkus.test.junit.main.QuarkusMainLauncher;
import io.quarkus.test.junit.main.QuarkusMainTest;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;

/** Requests that mean harm, as bytes, to a whole process; writes docs/HOSTILE-HTTP.md. */
@QuarkusMainTest
@Tag("slow")
class HostileHttpTest {

    private static final String HEAD = """
            # Hostile requests

            This page is written by `HostileHttpTest` of `coordinator`: each request was sent to a
            coordinator with `--http-tokens`, as bytes, from an address of its own.
            `RequestGateTest` has the rules one by one, also for a process without tokens. What
            listens beyond this machine without tokens does not start. "closed" means that the
            connection was closed without an answer.

            | # | request | answer | in words |
            |---|---|---|---|
            """;

    private static final int PATIENCE_MILLIS = 15_000;

    @TempDir
    Path directory;

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final StringBuilder page = new StringBuilder(HEAD);
    private int port;
    private int rows;

    @AfterEach
    void forgetOptions() {
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("plimsoll.") || name.startsWith("kafka."))
                .forEach(System::clearProperty);
    }

    @Test
    void hostileRequestsAndTheirAnswers(QuarkusMainLauncher launcher) throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        System.setProperty("quarkus.http.test-port", Integer.toString(port));
        Path tokens = Files.writeString(
                directory.resolve("tokens"),
                "viewer " + HostileRequests.VIEWER + "\noperator " + HostileRequests.OPERATOR
                        + "\n");
        String[] arguments = {
            "--bootstrap=" + clients.bootstrap(),
            "--prefix=" + topics.prefix(),
            "--model=" + TestSamples.MODEL,
            "--http-tokens=" + tokens
        };
        CompletableFuture<LaunchResult> result = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> result.complete(launcher.launch(arguments)));
        await().atMost(Duration.ofMinutes(3))
                .ignoreExceptions()
                .until(() -> answer(
                                        250,
                                        "GET /q/health/ready HTTP/1.1\r\nHost: localhost\r\n"
                                                + "Connection: close\r\n\r\n")
                                .contains("\"planner\"")
                        && ready());
        List<String> wrong = new ArrayList<>();
        for (HostileRequests.Row row : HostileRequests.all(port)) {
            String answered = answer(++rows, row.bytes());
            String status = status(answered);
            if (!status.equals(row.status()) || !answered.contains(row.word())) {
                wrong.add(rows + " " + row.what() + ": " + answered.lines().findFirst()
                        + ", wanted " + row.status() + " " + row.word());
            }
            page.append("| ").append(rows).append(" | ").append(row.what()).append(" | ");
            page.append(status).append(" | ").append(words(answered)).append(" |\n");
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).isGreaterThanOrEqualTo(60);
        whoAsksTooOftenIsStopped();
        RunSettings run = new Preflight(CoordinatorSettings.read(
                        new Properties(),
                        Map.of(),
                        arguments[0],
                        arguments[1],
                        arguments[2],
                        "--take-over"))
                .check()
                .run();
        try (var other = new Coordinator(clients, topics, run).planner(new LastView())) {
            assertThat(result.get().exitCode()).isEqualTo(ExitCode.FENCED.number());
        }
        Path written = Path.of("target", "HOSTILE-HTTP.md");
        Files.writeString(written, page);
        assertThat(Path.of("../docs/HOSTILE-HTTP.md"))
                .as("copy " + written.toAbsolutePath() + " to docs if it is right")
                .hasContent(page.toString());
    }

    private boolean ready() throws Exception {
        return answer(
                        250,
                        "GET /q/health/ready HTTP/1.1\r\nHost: localhost\r\n"
                                + "Connection: close\r\n\r\n")
                .startsWith("HTTP/1.1 200");
    }

    private void whoAsksTooOftenIsStopped() throws Exception {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 900; i++) {
            many.append("GET /q/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        many.append(HostileRequests.get("/q/health/live", ""));
        String answered = answer(251, many.toString());
        assertThat(answered).contains("HTTP/1.1 429", "Retry-After: 1");
        page.append("| ")
                .append(++rows)
                .append(" | 900 requests at once | 429 | this address asks "
                        + "more than 100 times a second; ask again later |\n");
        for (int i = 0; i < 10; i++) {
            answer(252, HostileRequests.get("/", "Authorization: Bearer wrong-" + i + "\r\n"));
        }
        String guessed = answer(252, HostileRequests.get("/", "Authorization: Bearer wrong\r\n"));
        assertThat(guessed).startsWith("HTTP/1.1 429");
        page.append("| ").append(++rows).append(" | an eleventh wrong token | 429 | ");
        page.append(words(guessed)).append(" |\n");
    }

    /** All that comes until the connection is closed; from an address of its own. */
    private String answer(int who, String bytes) throws Exception {
        try (Socket socket = new Socket(
                InetAddress.getByName("127.0.0.1"),
                port,
                InetAddress.getByName("127.0.1." + who),
                0)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            if (!bytes.contains("Connection: close") && !bytes.contains("Upgrade")) {
                // it knows that nothing more comes
                socket.shutdownOutput();
            }
            return read(socket);
        }
    }

    /** All that comes until the connection is closed, or nothing comes for a while. */
    private static String read(Socket socket) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[8_192];
        try {
            InputStream in = socket.getInputStream();
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                all.write(some, 0, n);
            }
        } catch (SocketException | SocketTimeoutException e) {
            // what has come is the answer
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private static String status(String answered) {
        return answered.matches("(?s)HTTP/\\d\\.\\d \\d{3} .*")
                ? answered.substring(9, 12)
                : "closed";
    }

    /** The body when it is a sentence. */
    private static String words(String answered) {
        int body = answered.indexOf("\r\n\r\n");
        String text = body < 0 ? "" : answered.substring(body + 4).strip();
        boolean sentence = answered.contains("text/plain") && !text.contains("\n");
        return sentence ? text.replace("|", "\\|") : "";
    }
}
