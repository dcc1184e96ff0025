package dev.plimsoll.processes;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The processes of one run, known by their names, and what is done to them. They end when this
 * process ends, the broker last, because the others say goodbye through it. A supervised group
 * starts a process again that ended by itself. One thread calls it; what is due at a later time is
 * done by {@link #tick}, which that thread calls often.
 */
public final class ProcessGroup implements AutoCloseable {

    /** The name of the process that is stopped after all others. */
    public static final String BROKER = "broker";

    /** A program prints this and its address when it can be used. */
    private static final String READY = "READY ";

    private static final long START_AGAIN_MILLIS = 1_000;
    private static final long READY_POLL_MILLIS = 50;

    /** How long a process has for ending after SIGTERM; longer than its own limit for that. */
    private static final long LEAVE_MILLIS = 20_000;

    private final Path logs;
    private final Map<String, String> environment;
    private final Consumer<String> say;
    private final Runnable afterAll;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final List<ActionTime> starts = new ArrayList<>();
    private final List<ActionTime> kills = new ArrayList<>();
    private final List<Ended> ended = new ArrayList<>();
    private final Thread hook = Thread.ofPlatform().unstarted(this::closeAll);
    private boolean supervised;
    private boolean closed;

    /** A process that ended though nobody asked it to, or that did not end though it was asked. */
    public record Ended(String process, long atMillis, int exitCode, String lastLine) {}

    private enum State {
        UP,
        FROZEN,
        DOWN,
        LEAVING,
        REMOVED
    }

    private static final class Member {
        private final ManagedProcess process;
        private State state = State.UP;
        private long dueMillis;
        private long awayMillis;
        private boolean comesBack;

        private Member(ManagedProcess process) {
            this.process = process;
        }

        private void become(State next, long until) {
            state = next;
            dueMillis = until;
        }
    }

    private ProcessGroup(
            Path logs,
            Map<String, String> environment,
            boolean supervised,
            Consumer<String> say,
            Runnable afterAll) {
        this.logs = logs;
        this.environment = Map.copyOf(environment);
        this.supervised = supervised;
        this.say = say;
        this.afterAll = afterAll;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** A group whose processes may end. The caller asks {@link #firstEnded} whether one has. */
    public static ProcessGroup unsupervised(Path logs) {
        return unsupervised(logs, Map.of());
    }

    /**
     * The same.
     *
     * @param environment of each process, besides this one's own without our settings; unlike a
     *     command line, only its owner can read it
     */
    public static ProcessGroup unsupervised(Path logs, Map<String, String> environment) {
        return new ProcessGroup(logs, environment, false, _ -> {}, () -> {});
    }

    /**
     * A group whose processes are started again one second after they ended by themselves.
     *
     * @param say is called with a sentence about each process that ended by itself
     * @param afterAll is run once, after the last process has ended
     */
    public static ProcessGroup supervised(Path logs, Consumer<String> say, Runnable afterAll) {
        return new ProcessGroup(logs, Map.of(), true, say, afterAll);
    }

    /** Starts a process under a new name. Its output goes to NAME.log in the directory of logs. */
    public synchronized ManagedProcess start(String name, List<String> command) {
        if (members.containsKey(name)) {
            throw new IllegalArgumentException("there is a process '" + name + "' already");
        }
        starts.add(new ActionTime(name, System.currentTimeMillis()));
        Member member = new Member(ManagedProcess.start(name, command, environment, logs));
        members.put(name, member);
        return member.process;
    }

    /** Starts the same program again; a process that has not ended yet is ended before. */
    public synchronized void startAgain(String name) {
        Member member = member(name);
        member.process.close();
        starts.add(new ActionTime(name, System.currentTimeMillis()));
        member.process.startAgain();
        member.become(State.UP, 0);
    }

    /** Whether a process of that name was ever started. */
    public boolean knows(String name) {
        return members.containsKey(name);
    }

    /** Whether it runs and is neither frozen nor about to end. */
    public boolean isUp(String name) {
        Member member = member(name);
        return member.state == State.UP && member.process.alive();
    }

    /**
     * The rest of the line that begins with "READY ", as soon as this start of the process prints
     * it; empty if the process ends before, or the time is over.
     */
    public Optional<String> awaitReady(String name, Duration limit)
            throws IOException, InterruptedException {
        ManagedProcess process = member(name).process;
        long deadline = System.nanoTime() + limit.toNanos();
        while (process.alive() && System.nanoTime() < deadline) {
            Optional<String> ready = process.said().stream()
                    .filter(line -> line.startsWith(READY))
                    .findFirst();
            if (ready.isPresent()) {
                return Optional.of(ready.get().substring(READY.length()).strip());
            }
            Thread.sleep(READY_POLL_MILLIS);
        }
        return Optional.empty();
    }

    /** The first process that has ended though it should run. */
    public Optional<ManagedProcess> firstEnded() {
        return members.values().stream()
                .filter(member -> member.state == State.UP && !member.process.alive())
                .map(member -> member.process)
                .findFirst();
    }

    /** Ends it with kill -9; {@link #tick} starts it again after the time. */
    public void kill(String name, long awayMillis) {
        Member member = member(name);
        long now = System.currentTimeMillis();
        kills.add(new ActionTime(name, now));
        member.process.kill();
        member.become(State.DOWN, now + awayMillis);
    }

    /** Stops it with SIGSTOP; {@link #tick} lets it go on after the time. */
    public void freeze(String name, long frozenMillis) {
        Member member = member(name);
        member.process.signal("STOP");
        member.become(State.FROZEN, System.currentTimeMillis() + frozenMillis);
    }

    /** Asks it with SIGTERM to end; {@link #tick} starts it again so long after it ended. */
    public void leave(String name, long awayMillis) {
        Member member = member(name);
        member.comesBack = true;
        member.awayMillis = awayMillis;
        askToLeave(member);
    }

    /** Asks it with SIGTERM to end, for good; a process that is down or frozen is killed. */
    public void remove(String name) {
        Member member = member(name);
        member.comesBack = false;
        if (member.state == State.UP && member.process.alive()) {
            askToLeave(member);
        } else if (member.state != State.LEAVING) {
            member.process.kill();
            member.become(State.REMOVED, 0);
        }
    }

    private static void askToLeave(Member member) {
        member.process.ask();
        member.become(State.LEAVING, System.currentTimeMillis() + LEAVE_MILLIS);
    }

    /** Does what is due: starts and thaws processes, and sees which have ended by themselves. */
    public void tick() {
        long now = System.currentTimeMillis();
        members.forEach((name, member) -> {
            switch (member.state) {
                case UP -> superviseOne(name, member, now);
                case FROZEN -> {
                    if (now >= member.dueMillis) {
                        member.process.signal("CONT");
                        member.become(State.UP, 0);
                    }
                }
                case DOWN -> {
                    if (now >= member.dueMillis) {
                        startAgain(name);
                    }
                }
                case LEAVING -> awaitLeaving(name, member, now);
                case REMOVED -> {}
            }
        });
    }

    private void superviseOne(String name, Member member, long now) {
        if (!supervised || member.process.alive()) {
            return;
        }
        String line = member.process.lastLine();
        int exitCode = member.process.exitCode();
        ended.add(new Ended(name, now, exitCode, line));
        say.accept(name + " ended by itself with exit code " + exitCode + " and is started again: "
                + line);
        member.become(State.DOWN, now + START_AGAIN_MILLIS);
    }

    private void awaitLeaving(String name, Member member, long now) {
        if (member.process.alive() && now < member.dueMillis) {
            return;
        }
        if (member.process.alive()) {
            String late = "did not end within " + LEAVE_MILLIS / 1_000 + " s of SIGTERM";
            ended.add(new Ended(name, now, -1, late));
            say.accept(name + " " + late + " and is killed");
            member.process.kill();
        }
        member.become(member.comesBack ? State.DOWN : State.REMOVED, now + member.awayMillis);
    }

    /** Lets every frozen process go on and starts every process that is down, now. */
    public void restoreAll() {
        members.values().forEach(member -> {
            if (member.state == State.FROZEN || member.state == State.DOWN) {
                member.dueMillis = 0;
            }
        });
        tick();
    }

    /** From now on a process that ends by itself is not started again. */
    public void letThemEnd() {
        supervised = false;
    }

    /** Asks with SIGTERM those whose name begins so to end, for good, and does not wait. */
    public void ask(String prefix) {
        named(prefix).forEach(member -> {
            member.process.ask();
            member.become(State.REMOVED, 0);
        });
    }

    /** Asks those whose name begins so to end, for good, all at once, and waits until they have. */
    public void stop(String prefix) {
        ask(prefix);
        named(prefix).forEach(member -> member.process.close());
    }

    private List<Member> named(String prefix) {
        return members.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .map(Map.Entry::getValue)
                .toList();
    }

    private Member member(String name) {
        Member member = members.get(name);
        if (member == null) {
            throw new NoSuchElementException("there is no process '" + name + "'");
        }
        return member;
    }

    /** The process ids of those that run, by name. */
    public Map<String, Long> pids() {
        Map<String, Long> pids = new LinkedHashMap<>();
        members.forEach((name, member) -> {
            if (member.process.alive()) {
                pids.put(name, member.process.pid());
            }
        });
        return pids;
    }

    /** Every start, the repeated ones included, in the order of time. */
    public List<ActionTime> starts() {
        return List.copyOf(starts);
    }

    /** Every kill -9 that {@link #kill} was asked for, in the order of time. */
    public List<ActionTime> kills() {
        return List.copyOf(kills);
    }

    /** Which processes ended though nobody asked them to, or were asked and did not end. */
    public List<Ended> ended() {
        return List.copyOf(ended);
    }

    /** The ends of all logs, for a failure that no single process explains. */
    public String tails() {
        StringBuilder text = new StringBuilder();
        members.values()
                .forEach(member -> text.append("\n--- ")
                        .append(member.process.log())
                        .append('\n')
                        .append(member.process.tail()));
        return text.toString();
    }

    @Override
    public void close() {
        closeAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM is ending, so the hook runs already
        }
    }

    private synchronized void closeAll() {
        if (closed) {
            return;
        }
        closed = true;
        List<ManagedProcess> alive = members.values().stream()
                .map(member -> member.process)
                .filter(ManagedProcess::alive)
                .toList();
        List<ManagedProcess> others =
                alive.stream().filter(process -> !process.name().equals(BROKER)).toList();
        alive.forEach(process -> process.signal("CONT"));
        others.forEach(ManagedProcess::ask);
        others.forEach(ManagedProcess::close);
        alive.forEach(ManagedProcess::close);
        afterAll.run();
    }
}
