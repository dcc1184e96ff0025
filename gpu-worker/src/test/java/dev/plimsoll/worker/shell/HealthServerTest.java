package dev.plimsoll.worker.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.settings.SettingProblem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

@Timeout(60)
class HealthServerTest {

    private static final Report JOINED =
            new Report.Joined("w", "i", "h", new WorkerDevice("cpu", "cpu", "fp32", 1));
    private static final Report READY = new Report.Ready("w", 1, 0);

    @Test
    void aWorkerIsReadyFromReadyUntilItLeavesOrJoinsAnew() {
        LifeSigns life = new LifeSigns();
        assertThat(life.isReady()).isFalse();
        life.sent(JOINED);
        assertThat(life.isReady()).isFalse();
        life.sent(READY);
        life.sent(new Report.Heartbeat("w", 1, 0, 0));
        assertThat(life.isReady()).isTrue();
        life.sent(JOINED);
        assertThat(life.isReady()).as("another generation").isFalse();
        life.sent(READY);
        life.sent(new Report.Draining("w", 1, "asked to stop"));
        assertThat(life.isReady()).as("draining").isFalse();
    }

    @Test
    void aLoopThatHangsIsNotAlive() {
        LifeSigns life = new LifeSigns();
        long now = System.nanoTime();
        assertThat(life.isAlive(now)).isTrue();
        assertThat(life.isAlive(now + Duration.ofSeconds(31).toNanos())).isFalse();
        life.turned();
        assertThat(life.isAlive(System.nanoTime())).isTrue();
    }

    @Test
    void probesAreAnsweredBeforeAndAfterTheWorkerIsThere() throws Exception {
        int port = freePort();
        try (HealthServer server = HealthServer.open(port)) {
            assertThat(get(port, "GET", "/health/live")).isEqualTo("503 not alive");
            assertThat(get(port, "GET", "/health/ready")).isEqualTo("503 not ready");
            LifeSigns life = new LifeSigns();
            server.tell(life);
            assertThat(get(port, "GET", "/health/live")).isEqualTo("200 alive");
            assertThat(get(port, "GET", "/health/ready")).isEqualTo("503 not ready");
            life.sent(READY);
            assertThat(get(port, "GET", "/health/ready")).isEqualTo("200 ready");
            assertThat(get(port, "POST", "/health/ready")).startsWith("405 ");
            assertThat(get(port, "GET", "/health/live/../x")).startsWith("404 ");
        }
        assertThatThrownBy(() -> get(port, "GET", "/health/live")).isInstanceOf(IOException.class);
    }

    @Test
    void aPortOfAnotherIsNamed() throws IOException {
        try (ServerSocket other = new ServerSocket(0)) {
            assertThatThrownBy(() -> HealthServer.open(other.getLocalPort()))
                    .isInstanceOf(SettingProblem.class)
                    .hasMessageContaining("health-port is " + other.getLocalPort())
                    .hasMessageContaining("give a free port");
        }
    }

    @Test
    void withoutAPortThereIsNoServer() {
        try (HealthServer none = HealthServer.open(0)) {
            none.tell(new LifeSigns());
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    private static String get(int port, String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    client.send(request, HttpResponse.BodyHandlers.ofString());
            return response.statusCode() + " " + response.body().strip();
        }
    }
}
