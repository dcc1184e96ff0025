package dev.plimsoll.cli.demo;

import dev.plimsoll.cli.CliFailure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * The demo's processes, in the order of their start; closed in the opposite one, also when this
 * process is ended.
 */
final class Fleet implements AutoCloseable {

    private final Path logs;
    private final Map<String, String> environment;
    private final List<Child> children = new ArrayList<>();
    private final Thread hook = Thread.ofPlatform().unstarted(this::stopAll);
    private boolean stopping;

    /** @param environment of each process, besides this one's own */
    Fleet(Path logs, Map<String, String> environment) {
        this.logs = logs;
        this.environment = environment;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    synchronized Child start(String name, List<String> command) {
        Child child = Child.start(name, command, environment, logs);
        children.add(child);
        return child;
    }

    Child get(String name) {
        return children.stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException(name));
    }

    /** Fails with the end of the log of a process that is gone though it should not be. */
    void requireAlive() {
        for (Child child : children) {
            if (!child.alive()) {
                throw CliFailure.ofChild(child.name(), child.exitCode(), child.log(), child.tail());
            }
        }
    }

    /** Where the logs end, for a failure that no process explains. */
    String tails() {
        StringBuilder text = new StringBuilder();
        children.forEach(c -> text.append("\n--- ").append(c.log()).append('\n').append(c.tail()));
        return text.toString();
    }

    /** Tells those whose name begins so to end, and does not wait. */
    void ask(String prefix) {
        children.stream().filter(c -> c.name().startsWith(prefix)).forEach(Child::ask);
    }

    /** Stops those whose name begins so, all at once. */
    void stop(String prefix) {
        List<Child> some =
                children.stream().filter(c -> c.name().startsWith(prefix)).toList();
        some.forEach(Child::ask);
        some.forEach(Child::close);
        children.removeAll(some);
    }

    @Override
    public void close() {
        stopAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM is ending: the hook runs already
        }
    }

    private synchronized void stopAll() {
        if (stopping) {
            return;
        }
        stopping = true;
        // the broker last: the others say goodbye through it
        List<Child> others =
                children.stream().filter(c -> !c.name().equals("broker")).toList();
        others.forEach(Child::ask);
        others.forEach(Child::close);
        children.forEach(Child::close);
    }
}
