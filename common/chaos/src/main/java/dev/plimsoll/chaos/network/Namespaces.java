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
 * A network of Linux namespaces on this machine. Making them takes root, or a user namespace, and
 * the programs {@code ip} (package iproute2) and {@code nsenter} (util-linux). Any thread.
 */
public final class Namespaces implements Network {

    /** Subnets to try: another run may take the same one at the same moment. */
    private static final int TRIES = 8;

    private static final int ANSWER_MILLIS = 3_000;

    private final NamespaceCommands wiring;
    private final Map<String, Set<Lost>> cuts = new HashMap<>();
    private boolean closed;

    private Namespaces(NamespaceCommands wiring) {
        this.wiring = wiring;
    }

    /** Whether it could be had. */
    public sealed interface Opened {
        record Ready(Network network) implements Opened {}

        /** @param reason part of a sentence */
        record Refused(String reason) implements Opened {}
    }

    /**
     * Also removes what runs left that were killed. After a refusal nothing is left.
     *
     * @param processes all that will ever run there
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

    /** Null where all went well, else what did not. */
    private String build() {
        for (List<String> command : wiring.build()) {
            ExternalCommand.Result result = ExternalCommand.run(command);
            if (!result.done()) {
                return result.problem();
            }
        }
        return wiring.processes().isEmpty() ? null : firstContact();
    }

    /** A firewall may stand where all commands went well. */
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
            // what is not there cannot be removed, and that is all the same
            wiring.remove().forEach(ExternalCommand::run);
        }
    }
}
