package dev.plimsoll.cli.intake;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.demo.OwnBroker;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.processes.ProcessUsage;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.IngestOffsets;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;

/**
 * A run with processes of its own, broker, coordinator and perhaps workers, to which the real
 * commands of this installation are given. What its processes take is measured all the while.
 */
final class IntakeRun implements AutoCloseable {

    static final String COORDINATOR = "coordinator";
    static final int SHARDS = 1;

    private static final Duration READY = Duration.ofMinutes(3);
    private static final Duration SILENCE = Duration.ofMinutes(5);
    private static final long LOOK_MILLIS = 50;
    private static final int BROKER_MEBIBYTES = 256;

    private final RunDirectory directory;
    private final Path model;
    private final Topics topics = new Topics("plimsoll");
    private final ProcessGroup group;
    private final ProcessMeter meter = new ProcessMeter();
    private final List<ManagedProcess> commands = new ArrayList<>();
    private final Clients clients;
    private final Admin admin;
    private boolean mayEnd;

    /** Starts the broker and a coordinator, and returns when both can be used. */
    IntakeRun(RunDirectory directory, Path model, Map<String, String> settings)
            throws IOException, InterruptedException {
        this.directory = directory;
        this.model = model;
        this.group = ProcessGroup.unsupervised(directory.logs());
        try {
            this.clients =
                    new Clients(OwnBroker.start(group, directory.broker(), BROKER_MEBIBYTES));
            this.admin = clients.admin("plimsoll-bench-intake");
            Map<String, String> properties = common();
            properties.put("shards", Integer.toString(SHARDS));
            properties.putAll(settings);
            group.start(COORDINATOR, Programs.coordinator(properties));
            if (group.awaitReady(COORDINATOR, READY).isEmpty()) {
                throw notReady();
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            group.close();
            throw e;
        }
    }

    private RuntimeException notReady() {
        return CliFailure.internal(
                "the coordinator did not get ready; the ends of the logs:" + group.tails());
    }

    void startWorkers(int count) {
        for (int i = 1; i <= count; i++) {
            Map<String, String> properties = common();
            properties.put("worker-id", "worker-" + i);
            properties.put("device", "cpu");
            properties.put("threads", "1");
            group.start("worker-" + i, Programs.worker(properties));
        }
    }

    private Map<String, String> common() {
        Map<String, String> properties = new TreeMap<>();
        properties.put("bootstrap", clients.bootstrap());
        properties.put("prefix", topics.prefix());
        properties.put("model", model.toString());
        properties.put("quarkus.http.port", "0");
        return properties;
    }

    Clients clients() {
        return clients;
    }

    Topics topics() {
        return topics;
    }

    RunDirectory directory() {
        return directory;
    }

    /** The command line of a command of this installation, at this run's broker. */
    List<String> commandLine(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Installation.home().resolve("plimsoll").toString());
        command.addAll(arguments);
        command.addAll(List.of("--bootstrap", clients.bootstrap()));
        return command;
    }

    /**
     * Starts a command.
     *
     * @param name of its log and of what it takes
     */
    ManagedProcess command(String name, List<String> arguments) {
        ManagedProcess process =
                ManagedProcess.start(name, commandLine(arguments), Map.of(), directory.logs());
        commands.add(process);
        return process;
    }

    /** Kills the coordinator (-9) and starts it again at once. */
    void killCoordinator() {
        look();
        group.kill(COORDINATOR, 0);
        group.startAgain(COORDINATOR);
    }

    /** Waits, measures, and fails when a process of the run ends meanwhile. */
    void await(BooleanSupplier enough, String what) throws InterruptedException {
        long begin = System.nanoTime();
        while (!enough.getAsBoolean()) {
            supervise();
            if (System.nanoTime() - begin > SILENCE.toNanos()) {
                throw CliFailure.internal(what + " did not happen within " + SILENCE.toMinutes()
                        + " minutes; the ends of the logs:" + group.tails());
            }
            Thread.sleep(LOOK_MILLIS);
        }
        look();
    }

    /** From now on processes of the run may end well: it is asked to finish. */
    void letThemEnd() {
        mayEnd = true;
    }

    /** Measures, and fails when a process of the run has ended. */
    void supervise() {
        look();
        group.firstEnded().filter(gone -> !mayEnd || gone.exitCode() != 0).ifPresent(gone -> {
            throw CliFailure.ofChild(gone.name(), gone.exitCode(), gone.log(), gone.tail());
        });
    }

    /** Waits until a command has ended, and fails unless it ended well. */
    void awaitDone(ManagedProcess command) throws InterruptedException {
        await(() -> !command.alive(), "the end of " + command.name());
        if (command.exitCode() != 0) {
            throw CliFailure.internal(command.name() + " ended with exit code " + command.exitCode()
                    + "; the end of its log:\n" + command.tail());
        }
    }

    /** Waits until ingest has dealt with all that is in the topic samples. */
    void awaitIngested() throws InterruptedException {
        await(() -> ingested() >= end(topics.samples()), "the end of ingest");
    }

    /** Up to which offset of the topic samples ingest has dealt with everything. */
    long ingested() {
        IngestOffsets.Place place =
                IngestOffsets.read(admin, topics).get(new TopicPartition(topics.samples(), 0));
        return place == null ? 0 : place.nextOffset();
    }

    /** The offset behind the last record of a topic's only partition. */
    long end(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                    .partitionResult(partition)
                    .get()
                    .offset();
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    "the end of " + topic + " cannot be read: " + e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerProblem("interrupted while the end of " + topic + " is read", e);
        }
    }

    void look() {
        group.pids().forEach(meter::look);
        commands.stream()
                .filter(ManagedProcess::alive)
                .forEach(command -> meter.look(command.name(), command.pid()));
    }

    /** What the processes of this name took, as far as they were looked at. */
    ProcessUsage usage(String name) {
        return meter.of(name);
    }

    /** Stops all but the broker, so that nothing writes to the topics while they are read. */
    void stopAllButBroker() {
        look();
        group.stop("worker-");
        group.stop(COORDINATOR);
    }

    @Override
    public void close() {
        commands.forEach(ManagedProcess::close);
        admin.close(Duration.ofSeconds(2));
        group.close();
    }
}
