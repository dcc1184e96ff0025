package dev.plimsoll.production;

import dev.plimsoll.cli.Programs;
import dev.plimsoll.processes.ProcessGroup;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Three embedded brokers, each a process of its own. */
final class EmbeddedCluster implements Cluster {

    private static final Duration READY = Duration.ofMinutes(3);
    private static final long NOT_BY_ITSELF = Long.MAX_VALUE / 4;

    private final ProcessGroup group;
    private final List<Integer> ports = new ArrayList<>();

    EmbeddedCluster(Path directory) throws IOException, InterruptedException {
        System.setProperty(
                "plimsoll.home", Path.of("../..").toAbsolutePath().normalize().toString());
        Path logs = Files.createDirectories(directory.resolve("broker-logs"));
        group = ProcessGroup.unsupervised(logs);
        List<Integer> all = freePorts(2 * BROKERS);
        ports.addAll(all.subList(0, BROKERS));
        String controllers = all.subList(BROKERS, 2 * BROKERS).stream()
                .map(String::valueOf)
                .collect(Collectors.joining(","));
        for (int i = 0; i < BROKERS; i++) {
            List<String> command = new ArrayList<>(Programs.broker(
                    directory.resolve("broker-" + i), "localhost", ports.get(i), 256));
            command.addAll(
                    List.of("--node", Integer.toString(i + 1), "--controller-ports", controllers));
            group.start(name(i), command);
        }
        for (int i = 0; i < BROKERS; i++) {
            awaitReady(i);
        }
    }

    private static String name(int broker) {
        return "broker-" + broker;
    }

    private void awaitReady(int broker) throws IOException, InterruptedException {
        if (group.awaitReady(name(broker), READY).isEmpty()) {
            throw new IllegalStateException(name(broker) + " is not ready:" + group.tails());
        }
    }

    @Override
    public Map<String, String> client() {
        return Map.of("bootstrap.servers", addresses(ports));
    }

    static String addresses(List<Integer> ports) {
        return ports.stream().map(port -> "localhost:" + port).collect(Collectors.joining(","));
    }

    @Override
    public void kill(int broker) {
        group.kill(name(broker), NOT_BY_ITSELF);
    }

    @Override
    public void start(int broker) throws IOException, InterruptedException {
        group.startAgain(name(broker));
        awaitReady(broker);
    }

    @Override
    public void freeze(int broker) {
        group.freeze(name(broker), NOT_BY_ITSELF);
    }

    @Override
    public void thaw(int broker) {
        group.restoreAll();
    }

    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    @Override
    public void close() {
        group.close();
    }
}
