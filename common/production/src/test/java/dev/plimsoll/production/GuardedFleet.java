package dev.plimsoll.production;

import dev.plimsoll.cli.Programs;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.wire.kafka.ClientSettings;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The processes of one run, each with the client settings of its party. */
final class GuardedFleet implements AutoCloseable {

    static final Path MODEL = Path.of("../model/tiny-llama").toAbsolutePath().normalize();

    private static final Duration READY = Duration.ofMinutes(3);

    private final Path logs;
    private final String prefix;
    private final List<ProcessGroup> groups = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private String page;
    private int coordinators;

    GuardedFleet(Path directory, String prefix) throws IOException {
        System.setProperty(
                "plimsoll.home", Path.of("../..").toAbsolutePath().normalize().toString());
        this.logs = Files.createDirectories(directory.resolve("logs-" + prefix));
        this.prefix = prefix;
    }

    /** By environment: what a process is given there nobody else can read. */
    void coordinator(String roles, Map<String, String> client, Map<String, String> settings)
            throws Exception {
        Map<String, String> properties = new TreeMap<>(settings);
        properties.put("prefix", prefix);
        properties.put("model", MODEL.toString());
        properties.put("roles", roles);
        properties.put("quarkus.http.port", "0");
        String name = "coordinator-" + coordinators++;
        ProcessGroup group = group(client);
        group.start(name, Programs.coordinator(properties));
        String ready = group.awaitReady(name, READY)
                .orElseThrow(() -> new IllegalStateException("no coordinator: " + group.tails()));
        page = roles.contains("plan") ? ready : page;
    }

    /** By file. */
    void worker(String name, Map<String, String> client) throws IOException {
        worker(name, client, Map.of());
    }

    void worker(String name, Map<String, String> client, Map<String, String> settings)
            throws IOException {
        Map<String, String> properties = new TreeMap<>(settings);
        properties.put("prefix", prefix);
        properties.put("model", MODEL.toString());
        properties.put("worker-id", name);
        properties.put("device", "cpu");
        properties.put("threads", "1");
        properties.put("kafka-config", Commands.file(logs, client).toString());
        group(Map.of()).start(name, Programs.worker(properties));
    }

    /** Ends the process that was started as the first one of those that still run. */
    void stopFirst() {
        groups.removeFirst().close();
    }

    /** Kills the process at once, as with signal 9. */
    void kill(String name) {
        ProcessGroup group = groups.stream()
                .filter(one -> one.pids().containsKey(name))
                .findFirst()
                .orElseThrow();
        ProcessHandle process = ProcessHandle.of(group.pids().get(name)).orElseThrow();
        groups.remove(group);
        process.destroyForcibly();
        process.onExit().join();
        group.close();
    }

    private ProcessGroup group(Map<String, String> client) {
        ProcessGroup group = ProcessGroup.unsupervised(logs, ClientSettings.variables(client));
        groups.add(group);
        return group;
    }

    /** Throws with all logs when a process has ended. */
    void requireAllRun() {
        for (ProcessGroup group : groups) {
            group.firstEnded().ifPresent(gone -> {
                throw new AssertionError(
                        gone.name() + " ended with " + gone.exitCode() + ": " + tails());
            });
        }
    }

    String tails() {
        StringBuilder all = new StringBuilder();
        groups.forEach(group -> all.append(group.tails()));
        return all.toString();
    }

    String get(String path) throws IOException, InterruptedException {
        return get(HttpRequest.newBuilder(URI.create(page + path)).build());
    }

    /** The coordinator's metrics, as Prometheus asks for them. */
    String scrape() throws IOException, InterruptedException {
        return scrape(URI.create(page + "/q/metrics"));
    }

    String scrape(URI metrics) throws IOException, InterruptedException {
        return get(HttpRequest.newBuilder(metrics)
                .header("Accept", "text/plain;version=0.0.4")
                .build());
    }

    private String get(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    int post(String path, String type, String body) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create(page + path))
                                .header("Content-Type", type)
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Override
    public void close() {
        // workers first, so that they leave in good order
        groups.reversed().forEach(ProcessGroup::close);
    }
}
