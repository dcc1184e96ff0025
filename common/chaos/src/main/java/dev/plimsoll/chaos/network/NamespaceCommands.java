package dev.plimsoll.chaos.network;

import dev.plimsoll.chaos.network.Network.Lost;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The commands that make a network of namespaces and cut it. Pure.
 *
 * <p>The broker stays outside and listens on an address of a link to a router, a namespace in which
 * nothing runs. Each process has a namespace of its own, linked to the router:
 *
 * <pre>
 * broker .1 ── .254 router .254 ──┬── .10 coordinator
 *                                 ├── .11 parameters
 *                                 └── .12 worker-1 …
 * </pre>
 *
 * A cut is a rule of the router: it drops every packet from a process's address, or to it, without
 * an answer. The same rule in the sender's own namespace would make its send fail at once.
 *
 * @param owner the process id in all names, by which another run knows whether somebody still needs
 *     them
 */
record NamespaceCommands(long owner, Subnet subnet, List<String> processes) {

    private static final String PREFIX = "plimsoll-";
    private static final Pattern NAMESPACE = Pattern.compile(PREFIX + "(\\d+)-\\S+");
    private static final String ROUTER = "router";

    NamespaceCommands {
        processes = List.copyOf(processes);
    }

    /**
     * The commands that make the network, in their order. Each may fail, and then {@link #remove}
     * undoes those before it.
     */
    List<List<String>> build() {
        List<List<String>> commands = new ArrayList<>();
        String router = namespace(ROUTER);
        commands.add(ip("netns", "add", router));
        // the link is named after the subnet, so of two runs that want the subnet one fails here
        commands.add(ip(
                "link", "add", link(), "type", "veth", "peer", "name", "broker", "netns", router));
        commands.add(ip("addr", "add", subnet.broker(), "peer", subnet.router(), "dev", link()));
        commands.add(ip("link", "set", "dev", link(), "up"));
        commands.add(ip("route", "add", subnet.cidr(), "via", subnet.router()));
        commands.add(in(
                router, "addr", "add", subnet.router(), "peer", subnet.broker(), "dev", "broker"));
        commands.add(in(router, "link", "set", "dev", "broker", "up"));
        commands.add(enter(router, List.of("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")));
        processes.forEach(process -> connect(process, commands));
        return commands;
    }

    private void connect(String process, List<List<String>> commands) {
        String router = namespace(ROUTER);
        String place = namespace(process);
        commands.add(ip("netns", "add", place));
        commands.add(in(
                router, "link", "add", process, "type", "veth", "peer", "name", ROUTER, "netns",
                place));
        commands.add(in(
                router, "addr", "add", subnet.router(), "peer", address(process), "dev", process));
        commands.add(in(router, "link", "set", "dev", process, "up"));
        commands.add(
                in(place, "addr", "add", address(process), "peer", subnet.router(), "dev", ROUTER));
        commands.add(in(place, "link", "set", "dev", ROUTER, "up"));
        // the process serves its page on the localhost of its namespace
        commands.add(in(place, "link", "set", "dev", "lo", "up"));
        commands.add(in(place, "route", "add", "default", "via", subnet.router()));
    }

    /** The commands that remove the network. All can be run, whatever was made. */
    List<List<String>> remove() {
        List<List<String>> commands = new ArrayList<>();
        // a namespace goes when its last process has ended; the link and its route go at once
        commands.add(ip("link", "del", "dev", link()));
        processes.forEach(process -> commands.add(delete(namespace(process))));
        commands.add(delete(namespace(ROUTER)));
        return commands;
    }

    List<String> cut(String process, Lost lost) {
        return rule("add", process, lost);
    }

    List<String> mend(String process, Lost lost) {
        return rule("del", process, lost);
    }

    /**
     * The rule comes before the rules that every namespace has. Each direction has one number, so
     * that a rule is either there or not.
     */
    private List<String> rule(String verb, String process, Lost lost) {
        return switch (lost) {
            case TO_BROKER ->
                in(
                        namespace(ROUTER),
                        "rule",
                        verb,
                        "pref",
                        "100",
                        "from",
                        address(process),
                        "blackhole");
            case FROM_BROKER ->
                in(
                        namespace(ROUTER),
                        "rule",
                        verb,
                        "pref",
                        "101",
                        "to",
                        address(process),
                        "blackhole");
        };
    }

    /**
     * Runs the command in the namespace of a process, without another process in between and with
     * the same files. {@code ip netns exec} would mount another /sys.
     */
    List<String> at(String process, List<String> command) {
        return enter(namespace(process), command);
    }

    private static List<String> enter(String namespace, List<String> command) {
        List<String> inside = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace));
        inside.addAll(command);
        return inside;
    }

    /**
     * The commands that remove the namespaces of runs whose process has ended.
     *
     * @param namespaces lines as {@code ip netns list} prints them
     * @param alive whether a process with this id runs
     */
    static List<List<String>> removeLeftovers(List<String> namespaces, LongPredicate alive) {
        List<List<String>> commands = new ArrayList<>();
        for (String line : namespaces) {
            Matcher name = NAMESPACE.matcher(line.strip().split("\\s+", 2)[0]);
            if (name.matches() && !alive.test(Long.parseLong(name.group(1)))) {
                commands.add(delete(name.group()));
            }
        }
        return commands;
    }

    String namespace(String process) {
        return PREFIX + owner + "-" + subnet.tag() + "-" + process;
    }

    String link() {
        return "plim-" + subnet.tag();
    }

    String address(String process) {
        int index = processes.indexOf(process);
        if (index < 0) {
            throw new IllegalArgumentException(
                    process + " has no place in this network; " + processes + " have");
        }
        return subnet.process(index);
    }

    private static List<String> delete(String namespace) {
        return ip("netns", "del", namespace);
    }

    private static List<String> in(String namespace, String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
        command.addAll(List.of(arguments));
        return command;
    }

    private static List<String> ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        return command;
    }
}
