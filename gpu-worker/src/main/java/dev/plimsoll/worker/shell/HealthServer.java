package dev.plimsoll.worker.shell;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.plimsoll.wire.settings.SettingProblem;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Answers an orchestrator's probes, {@code /health/live} and {@code /health/ready}, with 200 or 503
 * and a word, and {@code /metrics} in Prometheus' text format. It tells nothing of samples and
 * takes no request that changes anything. The JDK's server is enough for that; Quarkus' own would
 * make every start of a worker slower (decision 0153).
 */
final class HealthServer implements AutoCloseable {

    private static final String METRICS = "/metrics";
    private static final String PATHS = "there are /health/live, /health/ready and /metrics";
    private static final String ONLY_GET = "only GET is answered";

    private final HttpServer server;
    private final ExecutorService answers = Executors.newVirtualThreadPerTaskExecutor();
    private volatile LifeSigns life;
    private volatile Supplier<String> metrics = () -> null;

    private HealthServer(HttpServer server) {
        this.server = server;
        if (server != null) {
            // a request that never ends holds up no other one
            server.setExecutor(answers);
            answer("/health/live", "alive", LifeSigns::isAlive);
            answer("/health/ready", "ready", LifeSigns::isReady);
            answerMetrics();
            server.start();
        }
    }

    /**
     * Listens at all addresses of this machine, and answers 503 before it is told of a worker.
     * Throws {@link SettingProblem} when the port cannot be had.
     *
     * @param port 0 for no server
     */
    static HealthServer open(int port) {
        if (port == 0) {
            return new HealthServer(null);
        }
        try {
            return new HealthServer(HttpServer.create(new InetSocketAddress(port), 0));
        } catch (IOException e) {
            throw new SettingProblem(
                    "health-port is " + port + ", where this worker cannot listen ("
                            + e.getMessage() + "); give a free port, or 0 for none");
        }
    }

    /** The worker has joined: from now on the answers are its own. */
    void tell(LifeSigns signs) {
        life = signs;
    }

    /** @param scrape what {@code /metrics} answers; it did not answer before */
    void tellMetrics(Supplier<String> scrape) {
        metrics = scrape;
    }

    private void answerMetrics() {
        server.createContext(METRICS, exchange -> {
            if (!exchange.getRequestURI().getPath().equals(METRICS)) {
                answer(exchange, 404, PATHS);
            } else if (!exchange.getRequestMethod().equals("GET")) {
                answer(exchange, 405, ONLY_GET);
            } else {
                String text = metrics.get();
                answer(exchange, text == null ? 503 : 200, text == null ? "not yet" : text);
            }
        });
    }

    private void answer(String path, String word, Predicate<LifeSigns> question) {
        server.createContext(path, exchange -> {
            LifeSigns signs = life;
            boolean yes = signs != null && question.test(signs);
            if (!exchange.getRequestURI().getPath().equals(path)) {
                answer(exchange, 404, PATHS);
            } else if (!exchange.getRequestMethod().equals("GET")) {
                answer(exchange, 405, ONLY_GET);
            } else {
                answer(exchange, yes ? 200 : 503, yes ? word : "not " + word);
            }
        });
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = (text.endsWith("\n") ? text : text + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders()
                .set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        exchange.sendResponseHeaders(status, body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(0);
        }
        answers.shutdownNow();
    }
}
