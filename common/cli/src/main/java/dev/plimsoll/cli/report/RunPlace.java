package dev.plimsoll.cli.report;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.demo.OwnBroker;
import dev.plimsoll.cli.topics.RunPrefixes;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a run's topics are: on a broker that answers, or in a directory, for which a broker is
 * started if none serves it.
 */
record RunPlace(Clients clients, Topics topics, Optional<ProcessGroup> started)
        implements AutoCloseable {

    private static final String READY = "READY ";
    private static final String FIRST = "-0";
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final int BROKER_MEBIBYTES = 512;

    /** @param prefix null: that of the options */
    static RunPlace onBroker(String prefix, BrokerOptions broker) {
        Topics topics = prefix == null ? broker.topics() : new Topics(prefix);
        return new RunPlace(broker.clients(), topics, Optional.empty());
    }

    static RunPlace inDirectory(Path directory, BrokerOptions broker)
            throws IOException, InterruptedException {
        RunDirectory place = new RunDirectory(directory.toAbsolutePath().normalize());
        Topics topics = topics(place, directory);
        broker.requireNoClientSettings();
        Optional<Clients> serving = serving(place, topics);
        if (serving.isPresent()) {
            return new RunPlace(serving.get(), topics, Optional.empty());
        }
        ProcessGroup group = ProcessGroup.unsupervised(place.logs());
        try {
            Clients clients = new Clients(OwnBroker.start(group, place.broker(), BROKER_MEBIBYTES));
            return new RunPlace(clients, topics, Optional.of(group));
        } catch (IOException | InterruptedException | RuntimeException e) {
            group.close();
            throw e;
        }
    }

    /** A broker keeps each partition in a directory of its name. */
    private static Topics topics(RunDirectory place, Path directory) throws IOException {
        if (!Files.isDirectory(place.broker())) {
            throw CliFailure.input("'" + directory + "' holds no run: " + place.broker()
                    + ", where a broker keeps topics, is not there; give a directory of `plimsoll "
                    + "train`, or of `plimsoll demo --keep`, or the prefix of a run");
        }
        Set<String> prefixes;
        try (Stream<Path> partitions = Files.list(place.broker())) {
            prefixes = RunPrefixes.among(partitions
                    .map(partition -> partition.getFileName().toString())
                    .filter(name -> name.endsWith(FIRST))
                    .map(name -> name.substring(0, name.length() - FIRST.length()))
                    .collect(Collectors.toSet()));
        }
        if (prefixes.size() != 1) {
            throw CliFailure.input("'" + directory + "' holds "
                    + (prefixes.isEmpty() ? "no run" : "several runs, " + prefixes)
                    + "; give the directory of one run, or start `plimsoll broker` in it and give "
                    + "a prefix");
        }
        return new Topics(prefixes.iterator().next());
    }

    /** The broker whose log says that it is ready, if it still is and has this very run. */
    private static Optional<Clients> serving(RunDirectory place, Topics topics)
            throws IOException, InterruptedException {
        Optional<String> address = lastAddress(place);
        if (address.isEmpty()) {
            return Optional.empty();
        }
        Clients clients = new Clients(address.get());
        try {
            clients.requireReachable(LOOK);
        } catch (BrokerProblem e) {
            return Optional.empty();
        }
        try (Admin admin = clients.admin("plimsoll-report")) {
            String id = admin.describeTopics(List.of(topics.journal()))
                    .allTopicNames()
                    .get()
                    .get(topics.journal())
                    .topicId()
                    .toString();
            Path kept = place.broker().resolve(topics.journal() + FIRST);
            return Files.readString(kept.resolve("partition.metadata")).contains(id)
                    ? Optional.of(clients)
                    : Optional.empty();
        } catch (ExecutionException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> lastAddress(RunDirectory place) throws IOException {
        Path log = place.logs().resolve(ProcessGroup.BROKER + ".log");
        if (!Files.exists(log)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.startsWith(READY))
                    .reduce((before, line) -> line)
                    .map(line -> line.substring(READY.length()).strip());
        }
    }

    @Override
    public void close() {
        started.ifPresent(ProcessGroup::close);
    }
}
