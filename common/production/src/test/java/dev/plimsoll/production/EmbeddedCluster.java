package dev.plimsoll.production;

import dev.plimsoll.chaos.network.Loopback;
import dev.plimsoll.chaos.network.Network;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.processes.ProcessGroup;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Three embedded brokers, each a process of its own. On this machine's own address one is stopped
 * as it stands instead of being cut off; where each has a place of its own in a network, it is cut
 * off from everybody and goes on by itself.
 */
final class EmbeddedCluster implements Cluster {

    private static final Duration READY = Duration.ofMinutes(3);
    private static final long NOT_BY_ITSELF = Long.MAX_VALUE / 4;

    static final List<String> NAMES = List.of("broker-0", "broker-1", "broker-2");

    private final ProcessGroup group;
    private final Network network;
    private final List<String> addresses;

    /** On this machine's own address. */
    EmbeddedCluster(Path directory) throws IOException, InterruptedException {
        this(directory, new Loopback());
    }

    /** @param network which is closed with this */
    EmbeddedCluster(Path directory, Network network) throws IOException, InterruptedException {
        this.network = network;
        System.setProperty(
                "plimsoll.home", Path.of("../..").toAbsolutePath().normalize().toString());
        Path logs = Files.createDirectories(directory.resolve("broker-logs"));
        group = ProcessGroup.unsupervised(logs);
        List<Integer> ports = freePorts(2 * BROKERS);
        addresses = at(ports.subList(0, BROKERS));
        String controllers = String.join(",", at(ports.subList(BROKERS, 2 * BROKERS)));
        for (int i = 0; i < BROKERS; i++) {
            List<String> command = new ArrayList<>(Programs.broker(
                    directory.resolve(name(i)), network.address(name(i)), ports.get(i), 256));
            command.addAll(
                    List.of("--node", Integer.toString(i + 1), "--controllers", controllers));
            group.start(name(i), network.at(name(i), command));
        }
        for (int i = 0; i < BROKERS; i++) {
            awaitReady(i);
        }
    }

    private List<String> at(List<Integer> ports) {
        return IntStream.range(0, BROKERS)
                .mapToObj(i -> network.address(name(i)) + ":" + ports.get(i))
                .toList();
    }

    private static String name(int broker) {
        return NAMES.get(broker);
    }

    private void awaitReady(int broker) throws IOException, InterruptedException {
        if (group.awaitReady(name(broker), READY).isEmpty()) {
            throw new IllegalStateException(name(broker) + " is not ready:" + group.tails());
        }
    }

    @Override
    public Map<String, String> client() {
        return Map.of("bootstrap.servers", String.join(",", addresses));
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
        if (network instanceof Loopback) {
            group.freeze(name(broker), NOT_BY_ITSELF);
        } else {
            network.cut(name(broker), EnumSet.allOf(Network.Lost.class));
        }
    }

    @Override
    public void thaw(int broker) {
        group.restoreAll();
        network.mend(name(broker));
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
        network.close();
    }
}
