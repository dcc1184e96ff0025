package dev.plimsoll.cli.demo;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;

import org.apache.kafka.clients.admin.Admin;

import picocli.CommandLine.Command;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The last part of the build: a worker trains two steps and ends, and its JVM writes down what it
 * had loaded by then. Later workers start in half the time. If this fails, they only start slower.
 */
@Command(
        name = "rehearse",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = {
            "Lets a worker start once and records what it loaded, so that "
                    + "later workers start sooner. The build does this last.",
            ""
        })
public final class RehearseCommand implements Callable<Integer> {

    private static final int STEPS = 2;
    private static final int SAMPLES_PER_STEP = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration POLL = Duration.ofMillis(50);

    private final Topics topics = new Topics("plimsoll");

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path root = Files.createTempDirectory("plimsoll-rehearsal");
        try (ProcessGroup group =
                ProcessGroup.unsupervised(Files.createDirectories(root.resolve("logs")))) {
            rehearse(group, root);
        } finally {
            delete(root);
        }
        return 0;
    }

    private void rehearse(ProcessGroup group, Path root) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Clients clients = new Clients(OwnBroker.start(group, root.resolve("kafka")));
        try (Admin admin = clients.admin("plimsoll-rehearsal")) {
            TopicAdmin.ensure(admin, topics, 1, 1);
        }
        group.start("coordinator", Programs.coordinator(coordinator(clients)));
        ManagedProcess worker = group.start("worker", Programs.recordedWorker(worker(clients)));
        try (Submitter submitter = new Submitter(clients, topics, 1)) {
            submitter.submit("plimsoll:rehearsal", "rehearsal", samples());
        }
        while (worker.alive()) {
            if (System.nanoTime() > deadline) {
                throw CliFailure.internal(
                        "the rehearsal did not end; the end of the worker's log:\n"
                                + worker.tail());
            }
            Thread.sleep(POLL.toMillis());
        }
        if (worker.exitCode() != 0) {
            throw CliFailure.ofChild(worker.name(), worker.exitCode(), worker.log(), worker.tail());
        }
    }

    private static InputStream samples() {
        String lines = IntStream.range(0, STEPS * SAMPLES_PER_STEP)
                .mapToObj(i -> "{\"text\": \"Sample " + i
                        + " of a rehearsal, which nobody will ever learn from.\"}\n")
                .collect(Collectors.joining());
        return new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8));
    }

    private Map<String, String> coordinator(Clients clients) {
        Map<String, String> properties = common(clients);
        properties.put("steps", Integer.toString(STEPS));
        properties.put("samples-per-step", Integer.toString(SAMPLES_PER_STEP));
        properties.put("shards", "1");
        properties.put("lora-rank", "16");
        properties.put("quarkus.http.port", "0");
        return properties;
    }

    private Map<String, String> worker(Clients clients) {
        Map<String, String> properties = common(clients);
        properties.put("worker-id", "worker");
        properties.put("device", "cpu");
        return properties;
    }

    private Map<String, String> common(Clients clients) {
        Map<String, String> properties = new TreeMap<>();
        properties.put("bootstrap", clients.bootstrap());
        properties.put("prefix", topics.prefix());
        properties.put("model", Installation.builtInModel().toString());
        return properties;
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
