package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.cli.topics.RunFollower;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The sections of docs/RUNBOOK.md, followed with processes. The loss of a broker has a test. */
@Tag("slow")
class RunbookTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final Topics topics = new Topics("runbook");
    private ProcessGroup group;
    private Clients clients;
    private RunFollower follower;
    private int submitted;

    /** "Upgrade", "A GPU is lost", "A step is stuck" and "Restore", one after the other. */
    @Test
    void upgradeLostWorkerStuckStepAndRestore() throws Exception {
        Path data = directory.resolve("broker");
        try (EmbeddedBroker broker = EmbeddedBroker.start(data);
                ProcessGroup processes = begin(broker.bootstrap())) {
            startAll();
            awaitSteps(2);
            // upgrade: workers one by one, then the coordinator
            for (String worker : List.of("worker-1", "worker-2")) {
                processes.stop(worker);
                assertThat(last(worker)).contains("the worker ends");
                processes.startAgain(worker);
                awaitSteps(2);
            }
            processes.stop("coordinator");
            processes.startAgain("coordinator");
            awaitSteps(2);
            // a GPU is lost: its process is gone without a word
            processes.kill("worker-1", Long.MAX_VALUE / 4);
            awaitSteps(2);
            processes.startAgain("worker-1");
            awaitSteps(2);
            // a step is stuck: a worker lives and does not get on
            processes.freeze("worker-2", Long.MAX_VALUE / 4);
            awaitSteps(2);
            processes.kill("worker-2", Long.MAX_VALUE / 4);
            processes.startAgain("worker-2");
            awaitSteps(2);
            processes.stop("worker");
            processes.stop("coordinator");
        }
        restore(data);
    }

    /** The same log under another address, then the adapter alone on another cluster. */
    private void restore(Path data) throws Exception {
        Path copy = directory.resolve("copy");
        copy(data, copy);
        Path adapter = directory.resolve("adapter");
        try (EmbeddedBroker other = EmbeddedBroker.start(copy);
                ProcessGroup processes = begin(other.bootstrap())) {
            startAll();
            awaitSteps(2);
            Commands commands = commands();
            assertThat(commands.run(topics.prefix(), "finish").code()).isZero();
            await().atMost(PATIENCE).until(() -> {
                turn();
                return follower.finished();
            });
            Ended audit = commands.run(topics.prefix(), "audit");
            assertThat(audit.code()).as(audit.out() + audit.err()).isZero();
            Ended export = commands.run(
                    topics.prefix(),
                    "export",
                    adapter.toString(),
                    "--with-optimizer",
                    "--model",
                    GuardedFleet.MODEL.toString());
            assertThat(export.code()).as(export.err()).isZero();
            processes.stop("worker");
        }
        try (EmbeddedBroker fresh = EmbeddedBroker.start(directory.resolve("fresh"));
                ProcessGroup processes = begin(fresh.bootstrap())) {
            Map<String, String> settings = coordinator();
            settings.put("start-from", adapter.toString());
            processes.start("coordinator", Programs.coordinator(settings));
            processes.start("worker-1", Programs.worker(worker("worker-1")));
            submit();
            awaitSteps(2);
        }
    }

    /** "A disk is full". */
    @Test
    void aFullDisk() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        org.junit.jupiter.api.Assumptions.assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", small.toString()) == 0,
                "only root may mount a small disk");
        try (ProcessGroup brokers = ProcessGroup.unsupervised(
                Files.createDirectories(directory.resolve("broker-logs")))) {
            System.setProperty(
                    "plimsoll.home",
                    Path.of("../..").toAbsolutePath().normalize().toString());
            brokers.start("small", Programs.broker(small.resolve("data"), "localhost", 0));
            String address = brokers.awaitReady("small", PATIENCE).orElseThrow();
            int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
            try (ProcessGroup processes = begin(address)) {
                startAll();
                awaitSteps(2);
                Path filler = small.resolve("filler");
                fill(filler);
                await().atMost(PATIENCE).until(() -> {
                    turn();
                    submitUnlessAway();
                    return brokers.firstEnded().isPresent();
                });
                var ended = brokers.firstEnded().orElseThrow();
                System.out.println("full disk: exit " + ended.exitCode() + ": " + ended.lastLine());
                assertThat(ended.exitCode()).isEqualTo(4);
                Files.delete(filler);
                brokers.start("again", Programs.broker(small.resolve("data"), "localhost", port));
                assertThat(brokers.awaitReady("again", PATIENCE)).isPresent();
                awaitSteps(2);
                Ended audit = commands().run(topics.prefix(), "audit");
                assertThat(audit.code()).as(audit.out() + audit.err()).isZero();
            }
        } finally {
            run("umount", "-l", small.toString());
        }
    }

    /** "Secrets are rotated". */
    @Test
    void secretsAreRotated() throws Exception {
        try (GuardedBroker broker = GuardedBroker.start(directory);
                GuardedFleet fleet = new GuardedFleet(directory, topics.prefix())) {
            broker.allow(topics);
            fleet.coordinator("ingest,plan", broker.withPassword(Party.COORDINATOR), Map.of());
            fleet.coordinator("parameters", broker.withPassword(Party.PARAMETERS), Map.of());
            fleet.worker("anna", broker.withPassword(Party.WORKER));
            await().atMost(PATIENCE).until(() -> fleet.get("/api/run").contains("\"ready\":true"));
            try (Admin admin = broker.admin()) {
                admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                                Party.WORKER.title(),
                                new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
                                "another-secret")))
                        .all()
                        .get();
            }
            // who is connected stays so; who starts needs the new one
            fleet.worker("bert", broker.withPassword(Party.WORKER, "another-secret"));
            await().atMost(PATIENCE)
                    .until(() -> fleet.get("/api/run").split("\"ready\":true", -1).length == 3);
            fleet.requireAllRun();
        }
    }

    private ProcessGroup begin(String bootstrap) throws IOException {
        System.setProperty(
                "plimsoll.home", Path.of("../..").toAbsolutePath().normalize().toString());
        clients = new Clients(bootstrap);
        follower = new RunFollower(clients, topics);
        group = ProcessGroup.supervised(
                Files.createDirectories(directory.resolve("logs")), System.out::println, () -> {});
        return group;
    }

    private void startAll() {
        group.start("coordinator", Programs.coordinator(coordinator()));
        for (String worker : List.of("worker-1", "worker-2")) {
            group.start(worker, Programs.worker(worker(worker)));
        }
    }

    private Map<String, String> coordinator() {
        Map<String, String> properties = new TreeMap<>();
        properties.put("bootstrap", clients.bootstrap());
        properties.put("prefix", topics.prefix());
        properties.put("model", GuardedFleet.MODEL.toString());
        properties.put("quarkus.http.port", "0");
        properties.put("samples-per-step", "2");
        properties.put("lease", "4s");
        return properties;
    }

    private Map<String, String> worker(String name) {
        Map<String, String> properties = new TreeMap<>();
        properties.put("bootstrap", clients.bootstrap());
        properties.put("prefix", topics.prefix());
        properties.put("model", GuardedFleet.MODEL.toString());
        properties.put("worker-id", name);
        properties.put("device", "cpu");
        properties.put("threads", "1");
        return properties;
    }

    private Commands commands() throws IOException {
        return new Commands(directory, Map.of("bootstrap.servers", clients.bootstrap()));
    }

    private void turn() {
        group.tick();
        follower.poll(Duration.ofMillis(100));
    }

    /** So many more than there are, with samples to make them of. */
    private void awaitSteps(int more) throws IOException {
        int before = follower.steps().size();
        submit();
        await().atMost(PATIENCE).until(() -> {
            turn();
            return follower.steps().size() >= before + more;
        });
    }

    private void submit() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            lines.append("{\"id\":\"r").append(submitted++).append("\",\"text\":\"a sample\"}\n");
        }
        try (Submitter submitter = new Submitter(clients, topics, 1)) {
            submitter.submit(
                    "test",
                    "test",
                    new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)));
        }
    }

    private void submitUnlessAway() {
        try {
            clients.requireReachable(Duration.ofSeconds(1));
            submit();
        } catch (RuntimeException e) {
            // the broker is away, which is what is waited for
        }
    }

    private String last(String worker) throws IOException {
        List<String> lines = Files.readAllLines(directory.resolve("logs/" + worker + ".log"));
        return String.join("\n", lines);
    }

    private static void fill(Path file) throws IOException {
        byte[] megabyte = new byte[1 << 20];
        try (var out = Files.newOutputStream(file)) {
            while (Files.getFileStore(file).getUsableSpace() > 2 << 20) {
                out.write(megabyte);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
