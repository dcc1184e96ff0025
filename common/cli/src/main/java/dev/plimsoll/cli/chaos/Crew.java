package dev.plimsoll.cli.chaos;

import dev.plimsoll.cli.demo.Child;
import dev.plimsoll.cli.network.Network;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The processes of a run, and what is done to them. Like any supervisor it starts again what ended
 * by itself. One thread calls it, often: what is due is done by {@link #tick}.
 */
final class Crew implements AutoCloseable {

    private static final long AGAIN_MILLIS = 1_000;
    /** Longer than any process's own patience with itself. */
    private static final long LEAVE_MILLIS = 20_000;

    private final Path logs;
    private final Function<String, List<String>> commands;
    private final Consumer<String> say;
    private final Network network;
    private final Cables cables;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final List<Moment> starts = new ArrayList<>();
    private final List<Moment> kills = new ArrayList<>();
    private final List<Ended> ended = new ArrayList<>();
    private final Thread hook = Thread.ofPlatform().unstarted(this::closeAll);
    private boolean supervised = true;
    private boolean closed;

    /** A process that ended though nobody asked it to, or would not end though asked. */
    record Ended(String process, long atMillis, int exitCode, String lastLine) {}

    private enum State {
        UP,
        FROZEN,
        DOWN,
        LEAVING,
        REMOVED
    }

    private static final class Member {
        private final Child child;
        private State state = State.UP;
        private long dueMillis;
        private long awayMillis;
        private boolean comesBack;

        private Member(Child child) {
            this.child = child;
        }

        private void become(State next, long until) {
            state = next;
            dueMillis = until;
        }
    }

    /**
     * @param commands a process's command line by its name
     * @param network that they talk through; closed after the last of them has ended
     */
    Crew(
            Path logs,
            Function<String, List<String>> commands,
            Network network,
            Consumer<String> say) {
        this.logs = logs;
        this.commands = commands;
        this.say = say;
        this.network = network;
        this.cables = new Cables(network);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    synchronized Child start(String name) {
        starts.add(new Moment(name, System.currentTimeMillis()));
        Member member = members.get(name);
        if (member == null) {
            member = new Member(Child.start(name, commands.apply(name), logs));
            members.put(name, member);
        } else {
            member.child.startAgain();
            member.become(State.UP, 0);
        }
        return member.child;
    }

    /**
     * False where there is nothing to harm: the process has ended by itself, or is on its way out.
     */
    boolean suffer(Fault fault) {
        if (fault.kind() == Fault.Kind.ADD) {
            add(fault.target());
            return true;
        }
        Member member = members.get(fault.target());
        if (member.state != State.UP || !member.child.alive()) {
            if (fault.kind() == Fault.Kind.REMOVE) {
                dismiss(member);
            }
            return false;
        }
        long now = System.currentTimeMillis();
        switch (fault.kind()) {
            case KILL -> {
                kills.add(new Moment(fault.target(), now));
                member.child.kill();
                member.become(State.DOWN, now + fault.lastsMillis());
            }
            case FREEZE -> {
                signal("STOP", member.child);
                member.become(State.FROZEN, now + fault.lastsMillis());
            }
            case LEAVE, REMOVE -> {
                member.child.ask();
                member.comesBack = fault.kind() == Fault.Kind.LEAVE;
                member.awayMillis = fault.lastsMillis();
                member.become(State.LEAVING, now + LEAVE_MILLIS);
            }
            case CUT, MUTE, DEAFEN ->
                cables.cut(fault.target(), fault.kind().lost(), now + fault.lastsMillis());
            case ADD -> throw new IllegalStateException("adding is no harm");
        }
        return true;
    }

    /** Nothing is done to it, but it does not come back. */
    private static void dismiss(Member member) {
        if (member.state == State.LEAVING) {
            member.comesBack = false;
        } else {
            member.child.kill();
            member.become(State.REMOVED, 0);
        }
    }

    private void add(String name) {
        Member member = members.get(name);
        if (member != null && member.child.alive()) {
            member.child.close(); // still on its way out
        }
        start(name);
    }

    /** Brings back who is due, and who ended by itself. */
    void tick() {
        long now = System.currentTimeMillis();
        cables.mendDue(now);
        members.forEach((name, member) -> {
            switch (member.state) {
                case UP -> watch(name, member, now);
                case FROZEN -> {
                    if (now >= member.dueMillis) {
                        signal("CONT", member.child);
                        member.become(State.UP, 0);
                    }
                }
                case DOWN -> {
                    if (now >= member.dueMillis) {
                        start(name);
                    }
                }
                case LEAVING -> leave(name, member, now);
                case REMOVED -> {}
            }
        });
    }

    private void watch(String name, Member member, long now) {
        if (!supervised || member.child.alive()) {
            return;
        }
        String line = lastLine(member.child);
        int exitCode = member.child.exitCode();
        ended.add(new Ended(name, now, exitCode, line));
        say.accept(name + " ended by itself with exit code " + exitCode + " and is started again: "
                + line);
        member.become(State.DOWN, now + AGAIN_MILLIS);
    }

    private void leave(String name, Member member, long now) {
        if (member.child.alive() && now < member.dueMillis) {
            return;
        }
        if (member.child.alive()) {
            ended.add(new Ended(
                    name, now, -1, "did not end within " + LEAVE_MILLIS / 1_000 + " s of SIGTERM"));
            say.accept(name + " did not end within " + LEAVE_MILLIS / 1_000
                    + " s of SIGTERM and is killed");
            member.child.kill();
        }
        member.become(member.comesBack ? State.DOWN : State.REMOVED, now + member.awayMillis);
    }

    /**
     * No fault is left over: whoever is frozen goes on, whoever is down starts, whoever is cut off
     * is not.
     */
    void heal() {
        cables.mendAll();
        members.values().forEach(member -> {
            if (member.state == State.FROZEN || member.state == State.DOWN) {
                member.dueMillis = 0;
            }
        });
        tick();
    }

    /** From now on a process may end. */
    void letThemEnd() {
        supervised = false;
    }

    /** Tells those whose name begins so to end, all at once, and waits. */
    void stop(String prefix) {
        List<Member> some = members.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .map(Map.Entry::getValue)
                .toList();
        some.forEach(member -> member.child.ask());
        some.forEach(member -> {
            member.child.close();
            member.become(State.REMOVED, 0);
        });
    }

    /** By name, of those that run. */
    Map<String, Long> pids() {
        Map<String, Long> pids = new LinkedHashMap<>();
        members.forEach((name, member) -> {
            if (member.child.alive()) {
                pids.put(name, member.child.pid());
            }
        });
        return pids;
    }

    List<Moment> starts() {
        return List.copyOf(starts);
    }

    List<Moment> kills() {
        return List.copyOf(kills);
    }

    List<Ended> ended() {
        return List.copyOf(ended);
    }

    /** Where the logs end, for a failure that no process explains. */
    String tails() {
        StringBuilder text = new StringBuilder();
        members.values()
                .forEach(member -> text.append("\n--- ")
                        .append(member.child.log())
                        .append('\n')
                        .append(member.child.tail()));
        return text.toString();
    }

    @Override
    public void close() {
        closeAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM is ending: the hook runs already
        }
    }

    private synchronized void closeAll() {
        if (closed) {
            return;
        }
        closed = true;
        List<Member> alive =
                members.values().stream().filter(m -> m.child.alive()).toList();
        alive.forEach(member -> signal("CONT", member.child));
        // the broker last: the others say goodbye through it
        alive.stream().filter(m -> !isBroker(m)).forEach(m -> m.child.ask());
        alive.stream().filter(m -> !isBroker(m)).forEach(m -> m.child.close());
        alive.forEach(m -> m.child.close());
        network.close();
    }

    private static boolean isBroker(Member member) {
        return member.child.name().equals(Role.BROKER.process());
    }

    private static String lastLine(Child child) {
        return child.tail().lines().reduce("", (before, line) -> line);
    }

    private static void signal(String signal, Child child) {
        try {
            // the shell's own: there may be no program of that name
            new ProcessBuilder("sh", "-c", "kill -" + signal + " " + child.pid())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(
                    "cannot send SIG" + signal + " to " + child.name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
