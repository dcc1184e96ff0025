package dev.plimsoll.chaos;

import dev.plimsoll.chaos.measure.UsageRecorder;
import dev.plimsoll.chaos.network.Network;
import dev.plimsoll.chaos.network.NetworkCuts;
import dev.plimsoll.chaos.schedule.Disturbance;
import dev.plimsoll.chaos.schedule.ProcessKind;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.topics.RunFollower;
import dev.plimsoll.processes.FixedPort;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Control;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** One run with its processes, from the broker's start until the run is finished. */
final class SupervisedRun implements AutoCloseable {

    static final int SHARDS = 2;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration READY_LIMIT = Duration.ofSeconds(60);
    private static final long SILENCE_NANOS = Duration.ofMinutes(3).toNanos();

    private final RunDirectory directory;
    private final Topics topics = new Topics("plimsoll");
    private final Clients clients;
    private final ProcessGroup group;
    private final Disturber disturber;
    private final Consumer<String> say;
    private final UsageRecorder usage;
    private final RunFollower follower;
    private final Network network;
    private final int port;
    private final Map<String, String> settings;
    private final List<Disturbance> done = new ArrayList<>();
    private String coordinatorRoles = "";

    /**
     * Starts the broker and creates the topics.
     *
     * @param settings the settings of the run, by the coordinator's names
     * @param network is closed when the run is closed
     */
    SupervisedRun(
            RunDirectory directory,
            Map<String, String> settings,
            Network network,
            Consumer<String> say)
            throws IOException, InterruptedException {
        this.directory = directory;
        this.settings = Map.copyOf(settings);
        this.say = say;
        Files.createDirectories(directory.logs());
        this.network = network;
        this.port = FixedPort.find(network.host());
        this.clients = new Clients(network.host() + ":" + port);
        this.group = ProcessGroup.supervised(directory.logs(), say, network::close);
        this.disturber = new Disturber(group, new NetworkCuts(network), this::command);
        try {
            startBroker();
            createTopics();
            this.usage = new UsageRecorder(directory.broker());
            this.follower = new RunFollower(clients, topics);
        } catch (IOException | InterruptedException | RuntimeException e) {
            group.close();
            throw e;
        }
    }

    Clients clients() {
        return clients;
    }

    Topics topics() {
        return topics;
    }

    ProcessGroup group() {
        return group;
    }

    /** The disturbances that were done, of those that were planned. */
    List<Disturbance> done() {
        return List.copyOf(done);
    }

    UsageRecorder usage() {
        return usage;
    }

    RunFollower follower() {
        return follower;
    }

    RunDirectory directory() {
        return directory;
    }

    /**
     * Starts coordinator, parameter server and workers.
     *
     * @param roles the roles of the coordinator; if parameters is not among them, a process of its
     *     own has that role
     */
    void start(String roles, int workers) {
        coordinatorRoles = roles;
        disturber.start(ProcessKind.COORDINATOR.process());
        if (!roles.contains("parameters")) {
            disturber.start(ProcessKind.PARAMETERS.process());
        }
        for (int i = 1; i <= workers; i++) {
            disturber.start("worker-" + i);
        }
    }

    /**
     * Supervises the processes, disturbs them as planned and measures, until it is told to stop.
     */
    void during(List<Disturbance> disturbances, BooleanSupplier enough) throws IOException {
        Deque<Disturbance> due = new ArrayDeque<>(disturbances);
        long begin = System.nanoTime();
        while (!enough.getAsBoolean()) {
            turn();
            long atMillis = (System.nanoTime() - begin) / 1_000_000;
            while (!due.isEmpty() && due.peek().atMillis() <= atMillis) {
                Disturbance disturbance = due.poll();
                if (disturber.disturb(disturbance)) {
                    done.add(disturbance);
                    say.accept(disturbance.sentence());
                } else {
                    say.accept("not done, it is down or ending: " + disturbance.sentence());
                }
            }
        }
    }

    private void turn() throws IOException {
        follower.poll(POLL);
        disturber.tick();
        usage.look(group.pids());
    }

    /** Undoes every disturbance that still lasts. */
    void undoAll() {
        disturber.undoAll();
    }

    /** Asks the run to finish and returns when everything that was submitted is trained. */
    void finish() throws IOException {
        undoAll();
        Control.Finish finish = new Control.Finish("chaos");
        try (Producer<byte[], byte[]> writer = clients.writer("plimsoll-chaos-control")) {
            String id = UUID.randomUUID().toString();
            writer.send(Wire.CONTROL.toRecord(
                    topics.control(), 0, topics.prefix(), finish, "chaos", id));
            writer.flush();
        }
        SilenceLimit silence = new SilenceLimit();
        while (!follower.finished()) {
            turn();
            silence.require();
        }
        group.letThemEnd();
    }

    /**
     * Stops all processes but the broker, so that nothing writes to the topics while they are read.
     */
    void stopAllButBroker() {
        for (ProcessKind role :
                List.of(ProcessKind.WORKER, ProcessKind.PARAMETERS, ProcessKind.COORDINATOR)) {
            group.stop(role.process());
        }
    }

    /** Fails when no step was committed for three minutes. */
    private final class SilenceLimit {
        private int steps = follower.steps().size();
        private long since = System.nanoTime();

        void require() {
            if (follower.steps().size() > steps) {
                steps = follower.steps().size();
                since = System.nanoTime();
            }
            if (System.nanoTime() - since > SILENCE_NANOS) {
                throw CliFailure.internal(String.format(
                        Locale.ROOT,
                        "no step was committed for %d s after %d steps, though nothing is "
                                + "disturbed any more; logs and"
                                + " the broker's data stay in %s; the ends of the logs:%s",
                        SILENCE_NANOS / 1_000_000_000,
                        steps,
                        directory.root(),
                        group.tails()));
            }
        }
    }

    private List<String> command(String process) {
        return switch (ProcessKind.of(process)) {
            case BROKER -> Programs.broker(directory.broker(), network.host(), port);
            case COORDINATOR -> network.at(process, coordinator(coordinatorRoles));
            case PARAMETERS -> network.at(process, coordinator("parameters"));
            case WORKER -> network.at(process, worker(process));
        };
    }

    private List<String> coordinator(String roles) {
        Map<String, String> properties = common();
        properties.putAll(settings);
        properties.put("roles", roles);
        properties.put("quarkus.http.port", "0");
        return Programs.coordinator(properties);
    }

    private List<String> worker(String id) {
        Map<String, String> properties = common();
        properties.put("worker-id", id);
        properties.put("device", "cpu");
        properties.put("threads", "1");
        return Programs.worker(properties);
    }

    private Map<String, String> common() {
        Map<String, String> properties = new TreeMap<>();
        properties.put("bootstrap", clients.bootstrap());
        properties.put("prefix", topics.prefix());
        properties.put("model", settings.get("model"));
        return properties;
    }

    private void createTopics() throws InterruptedException {
        try (Admin admin = clients.admin("plimsoll-chaos")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
        }
    }

    private void startBroker() throws IOException, InterruptedException {
        String name = ProcessKind.BROKER.process();
        ManagedProcess broker = group.start(name, command(name));
        if (group.awaitReady(name, READY_LIMIT).isEmpty()) {
            throw CliFailure.internal(
                    "the broker did not get ready; the end of its log:\n" + broker.tail());
        }
    }

    @Override
    public void close() {
        follower.close();
        group.close();
    }
}
