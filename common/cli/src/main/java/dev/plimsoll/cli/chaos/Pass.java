package dev.plimsoll.cli.chaos;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.demo.Child;
import dev.plimsoll.cli.demo.RunDirectory;
import dev.plimsoll.cli.demo.RunFollower;
import dev.plimsoll.cli.network.Network;
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
final class Pass implements AutoCloseable {

    static final int SHARDS = 2;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration READY = Duration.ofSeconds(60);
    private static final long SILENCE_NANOS = Duration.ofMinutes(3).toNanos();

    private final RunDirectory directory;
    private final Topics topics = new Topics("plimsoll");
    private final Clients clients;
    private final Crew crew;
    private final Consumer<String> say;
    private final Watch watch;
    private final RunFollower follower;
    private final Network network;
    private final int port;
    private final Map<String, String> settings;
    private final List<Fault> suffered = new ArrayList<>();
    private String coordinatorRoles = "";

    /**
     * Broker and topics are there when this returns.
     *
     * @param settings of the run, by the coordinator's names
     * @param network closed with this
     */
    Pass(
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
        this.crew = new Crew(directory.logs(), this::command, network, say);
        try {
            awaitBroker(crew.start(Role.BROKER.process()));
            createTopics();
            this.watch = new Watch(directory.broker());
            this.follower = new RunFollower(clients, topics);
        } catch (IOException | InterruptedException | RuntimeException e) {
            crew.close();
            throw e;
        }
    }

    Clients clients() {
        return clients;
    }

    Topics topics() {
        return topics;
    }

    Crew crew() {
        return crew;
    }

    /** What was really done, of what was planned. */
    List<Fault> suffered() {
        return List.copyOf(suffered);
    }

    Watch watch() {
        return watch;
    }

    RunFollower follower() {
        return follower;
    }

    RunDirectory directory() {
        return directory;
    }

    /**
     * @param roles of the coordinator; where parameters are not among them, a process of its own
     *     serves them
     */
    void start(String roles, int workers) {
        coordinatorRoles = roles;
        crew.start(Role.COORDINATOR.process());
        if (!roles.contains("parameters")) {
            crew.start(Role.PARAMETERS.process());
        }
        for (int i = 1; i <= workers; i++) {
            crew.start("worker-" + i);
        }
    }

    /**
     * Keeps the processes, does to them what is due, and measures, until it is told that it is
     * enough.
     */
    void during(List<Fault> faults, BooleanSupplier enough) throws IOException {
        Deque<Fault> due = new ArrayDeque<>(faults);
        long begin = System.nanoTime();
        while (!enough.getAsBoolean()) {
            turn();
            long atMillis = (System.nanoTime() - begin) / 1_000_000;
            while (!due.isEmpty() && due.peek().atMillis() <= atMillis) {
                Fault fault = due.poll();
                if (crew.suffer(fault)) {
                    suffered.add(fault);
                    say.accept(fault.sentence());
                } else {
                    say.accept("not done, it is down or ending: " + fault.sentence());
                }
            }
        }
    }

    private void turn() throws IOException {
        follower.poll(POLL);
        crew.tick();
        watch.look(crew.pids());
    }

    /** Ends the run when all that was submitted is trained. */
    void finish() throws IOException {
        crew.heal();
        Control.Finish finish = new Control.Finish("chaos");
        try (Producer<byte[], byte[]> writer = clients.writer("plimsoll-chaos-control")) {
            String id = UUID.randomUUID().toString();
            writer.send(Wire.CONTROL.toRecord(
                    topics.control(), 0, topics.prefix(), finish, "chaos", id));
            writer.flush();
        }
        Patience patience = new Patience();
        while (!follower.finished()) {
            turn();
            patience.require();
        }
        crew.letThemEnd();
    }

    /** All but the broker, so that the topics can be read in peace. */
    void stopAllButBroker() {
        for (Role role : List.of(Role.WORKER, Role.PARAMETERS, Role.COORDINATOR)) {
            crew.stop(role.process());
        }
    }

    /** Ends in a failure when no step is committed for long. */
    private final class Patience {
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
                        crew.tails()));
            }
        }
    }

    private List<String> command(String process) {
        return switch (Role.of(process)) {
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
        properties.put("quarkus.http.port", "0");
        return properties;
    }

    private void createTopics() throws InterruptedException {
        try (Admin admin = clients.admin("plimsoll-chaos")) {
            TopicAdmin.ensure(admin, topics, 1, SHARDS);
        }
    }

    private static void awaitBroker(Child broker) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY.toNanos();
        while (broker.alive() && System.nanoTime() < deadline) {
            if (Files.readAllLines(broker.log()).stream()
                    .anyMatch(line -> line.startsWith("READY "))) {
                return;
            }
            Thread.sleep(50);
        }
        throw CliFailure.internal(
                "the broker did not get ready; the end of its log:\n" + broker.tail());
    }

    @Override
    public void close() {
        follower.close();
        crew.close();
    }
}
