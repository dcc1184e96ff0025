package dev.plimsoll.chaos.network;

import dev.plimsoll.cli.CliFailure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network of Linux namespaces on this machine. It takes root, or a user namespace, and the
 * programs {@code ip} (package iproute2) and {@code nsenter} (util-linux). Any thread may call it.
 */
public final class Namespaces implements Network {

    /** How many subnets are tried. Another run may take the same one at the same moment. */
    private static final int TRIES = 8;

    private static final int ANSWER_MILLIS = 3_000;

    private final NamespaceCommands wiring;
    private final Map<String, Set<Lost>> cuts = new HashMap<>();
    private boolean closed;

    private Namespaces(NamespaceCommands wiring) {
        this.wiring = wiring;
    }

    /** The network, or why there is none. */
    public sealed interface Opened {
        record Ready(Network network) implements Opened {}

        /** @param reason why it could not be made, as part of a sentence */
        record Refused(String reason) implements Opened {}
    }

    /**
     * Makes the network, and removes what killed runs left before. If it is refused, nothing is
     * left.
     *
     * @param processes the names of all processes that will ever run there
     */
    public static Opened open(List<String> processes) {
        ExternalCommand.Result routes =
                ExternalCommand.run(List.of("ip", "-4", "route", "show", "table", "all"));
        if (!routes.done()) {
            return new Opened.Refused(routes.problem());
        }
        List<String> namespaces = ExternalCommand.run(List.of("ip", "netns", "list"))
                .output()
                .lines()
                .toList();
        NamespaceCommands.removeLeftovers(namespaces, Namespaces::alive)
                .forEach(ExternalCommand::run);
        String reason = "every private subnet is routed already";
        List<Subnet> subnets = Subnet.free(routes.output().lines().toList());
        for (Subnet subnet : subnets.subList(0, Math.min(TRIES, subnets.size()))) {
            Namespaces network = new Namespaces(
                    new NamespaceCommands(ProcessHandle.current().pid(), subnet, processes));
            reason = network.build();
            if (reason == null) {
                return new Opened.Ready(network);
            }
            network.close();
            if (!reason.contains("File exists")) {
                break;
            }
        }
        return new Opened.Refused(reason);
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).isPresent();
    }

    /** Null if the network was made, or else why not. */
    private String build() {
        for (List<String> command : wiring.build()) {
            ExternalCommand.Result result = ExternalCommand.run(command);
            if (!result.done()) {
                return result.problem();
            }
        }
        return wiring.processes().isEmpty() ? null : firstContact();
    }

    /**
     * Checks that a connection to the broker's address comes through. All commands may have
     * succeeded, and still a firewall may be in the way.
     */
    private String firstContact() {
        String process = wiring.processes().getFirst();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName(host()))) {
            server.setSoTimeout(ANSWER_MILLIS);
            String opens = "exec 3<>/dev/tcp/" + host() + "/" + server.getLocalPort();
            ExternalCommand.Result result =
                    ExternalCommand.run(at(process, List.of("timeout", "3", "bash", "-c", opens)));
            if (!result.done()) {
                return "nothing listens to " + host() + " from a namespace; is there a firewall? ("
                        + result.problem() + ")";
            }
            server.accept().close();
            return null;
        } catch (IOException e) {
            return "no connection from a namespace to " + host() + " (" + e.getMessage() + ")";
        }
    }

    @Override
    public String host() {
        return wiring.subnet().broker();
    }

    @Override
    public String address(String process) {
        return wiring.address(process);
    }

    @Override
    public List<String> at(String process, List<String> command) {
        return wiring.at(process, command);
    }

    @Override
    public synchronized void cut(String process, Set<Lost> lost) {
        mend(process);
        for (Lost way : lost) {
            require(ExternalCommand.run(wiring.cut(process, way)));
            cuts.computeIfAbsent(process, _ -> EnumSet.noneOf(Lost.class)).add(way);
        }
    }

    @Override
    public synchronized void mend(String process) {
        Set<Lost> lost = cuts.remove(process);
        if (lost != null) {
            lost.forEach(way -> require(ExternalCommand.run(wiring.mend(process, way))));
        }
    }

    private static void require(ExternalCommand.Result result) {
        if (!result.done()) {
            throw CliFailure.internal(
                    "a network that was made cannot be changed: " + result.problem());
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            // a command fails where there is nothing to remove; that does not matter
            wiring.remove().forEach(ExternalCommand::run);
        }
    }
}
