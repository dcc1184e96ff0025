package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.cli.topics.RunFollower;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.production.Commands.Ended;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
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
import java.util.concurrent.TimeUnit;

/**
 * A training on three brokers of which one after the other is killed or cut off; two must have a
 * record before it counts. Samples are submitted meanwhile. Nothing is lost, the audit is clean.
 */
abstract class ThreeBrokersScenario {

    /** So long brokers are disturbed; {@code -Dthree-brokers.seconds=3600} for an hour. */
    private static final long SECONDS = Long.getLong("three-brokers.seconds", 75);

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration AWAY = Duration.ofSeconds(6);
    /** Longer than a client waits for an answer. */
    private static final Duration FROZEN = Duration.ofSeconds(35);

    private static final int SAMPLES_A_TIME = 12;

    @TempDir
    Path directory;

    private final Topics topics = new Topics("three");
    private Map<String, String> client;
    private int submitted;

    abstract Cluster cluster(Path at) throws Exception;

    @Test
    void nothingIsLost() throws Exception {
        try (Cluster cluster = cluster(directory)) {
            client = cluster.client();
            Clients clients = new Clients(client.get("bootstrap.servers"), client);
            Path logs = Files.createDirectories(directory.resolve("logs"));
            try (ProcessGroup fleet =
                    ProcessGroup.supervised(logs, System.out::println, () -> {})) {
                train(cluster, clients, fleet);
            }
        }
    }

    private void train(Cluster cluster, Clients clients, ProcessGroup fleet) throws Exception {
        fleet.start("coordinator", Programs.coordinator(coordinator()));
        fleet.start("worker-1", Programs.worker(worker("anna")));
        fleet.start("worker-2", Programs.worker(worker("bert")));
        try (Submitter submitter = new Submitter(clients, topics, 1);
                RunFollower follower = new RunFollower(clients, topics)) {
            submit(submitter);
            await().atMost(PATIENCE).until(() -> {
                turn(fleet, follower);
                return follower.steps().size() > 1;
            });
            requireThreeReplicas(clients);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            int disturbances = 0;
            while (System.nanoTime() < end) {
                int broker = disturbances % Cluster.BROKERS;
                long steps = follower.steps().size();
                if (disturbances % 2 == 0 && cluster.startsAgain()) {
                    cluster.kill(broker);
                    rest(AWAY, fleet, follower, submitter);
                    cluster.start(broker);
                } else {
                    cluster.freeze(broker);
                    rest(FROZEN, fleet, follower, submitter);
                    cluster.thaw(broker);
                }
                disturbances++;
                awaitReplicas(clients, fleet, follower);
                submit(submitter);
                await().atMost(PATIENCE).until(() -> {
                    turn(fleet, follower);
                    return follower.steps().size() > steps;
                });
            }
            if (!cluster.startsAgain()) {
                cluster.kill(0);
            }
            finish(fleet, follower);
            System.out.println(disturbances + " disturbances in " + SECONDS + " s, " + submitted
                    + " samples, " + follower.steps().size() + " steps, processes that ended: "
                    + fleet.ended());
            assertThat(disturbances).isGreaterThanOrEqualTo(2);
        }
    }

    private void finish(ProcessGroup fleet, RunFollower follower) throws Exception {
        Commands commands = new Commands(directory, client);
        Ended finish = commands.run(topics.prefix(), "finish", "--wait", "300");
        assertThat(finish.code()).as(finish.err()).isZero();
        await().atMost(PATIENCE).until(() -> {
            turn(fleet, follower);
            return follower.finished();
        });
        fleet.letThemEnd();
        Ended audit = commands.run(topics.prefix(), "audit");
        System.out.println(audit.out());
        assertThat(audit.code()).as(audit.out() + audit.err()).isZero();
        assertThat(audit.out()).contains(Integer.toString(submitted));
    }

    private static void turn(ProcessGroup fleet, RunFollower follower) {
        fleet.tick();
        follower.poll(Duration.ofMillis(200));
    }

    private void rest(
            Duration time, ProcessGroup fleet, RunFollower follower, Submitter submitter) {
        long end = System.nanoTime() + time.toNanos();
        submit(submitter);
        while (System.nanoTime() < end) {
            turn(fleet, follower);
        }
    }

    private void submit(Submitter submitter) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < SAMPLES_A_TIME; i++) {
            lines.append("{\"id\":\"s").append(submitted++).append("\",\"text\":\"sample ");
            lines.append(submitted).append(" of a long training\"}\n");
        }
        submitter.submit(
                "test",
                "test",
                new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private void requireThreeReplicas(Clients clients) throws Exception {
        try (Admin admin = clients.admin("test-replicas")) {
            for (TopicDescription topic : all(admin)) {
                assertThat(topic.partitions())
                        .as(topic.name())
                        .allMatch(partition -> partition.replicas().size() == Cluster.BROKERS);
            }
        }
    }

    /** Until each broker has everything again: one more may be lost only then. */
    private void awaitReplicas(Clients clients, ProcessGroup fleet, RunFollower follower) {
        try (Admin admin = clients.admin("test-replicas")) {
            await().atMost(PATIENCE).ignoreExceptions().until(() -> {
                turn(fleet, follower);
                return all(admin).stream()
                        .allMatch(topic -> topic.partitions().stream()
                                .allMatch(partition -> partition.isr().size() == Cluster.BROKERS));
            });
        }
    }

    private static List<TopicDescription> all(Admin admin) throws Exception {
        var names = admin.listTopics(new ListTopicsOptions().listInternal(true))
                .names()
                .get();
        return List.copyOf(admin.describeTopics(names).allTopicNames().get().values());
    }

    private Map<String, String> coordinator() throws IOException {
        Map<String, String> properties = shared();
        properties.put("quarkus.http.port", "0");
        properties.put("samples-per-step", "4");
        properties.put("state-every", "8");
        properties.put("evaluate-every", "0");
        return properties;
    }

    private Map<String, String> worker(String name) throws IOException {
        Map<String, String> properties = shared();
        properties.put("worker-id", name);
        properties.put("device", "cpu");
        properties.put("threads", "1");
        return properties;
    }

    private Map<String, String> shared() throws IOException {
        Map<String, String> properties = new TreeMap<>();
        properties.put("kafka-config", Commands.file(directory, client).toString());
        properties.put("prefix", topics.prefix());
        properties.put("model", GuardedFleet.MODEL.toString());
        return properties;
    }
}
