package dev.plimsoll.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that this one started and that does not outlive it: its standard input is a pipe whose
 * closing ends it. Its output goes to a file.
 */
public final class Child implements AutoCloseable {

    private static final int TAIL_BYTES = 6_000;
    private static final int TAIL_LINES = 25;
    private static final long GRACE_SECONDS = 15;

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path log;
    private Process process;

    private Child(String name, List<String> command, Map<String, String> environment, Path log) {
        this.name = name;
        this.command = command;
        this.environment = environment;
        this.log = log;
    }

    public static Child start(String name, List<String> command, Path logs) {
        return start(name, command, Map.of(), logs);
    }

    /** @param environment besides this process's own */
    public static Child start(
            String name, List<String> command, Map<String, String> environment, Path logs) {
        Child child = new Child(name, command, environment, logs.resolve(name + ".log"));
        child.spawn();
        return child;
    }

    public String name() {
        return name;
    }

    public Path log() {
        return log;
    }

    public boolean alive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    public int exitCode() {
        return process.exitValue();
    }

    /** kill -9. */
    public void kill() {
        process.destroyForcibly();
        await(GRACE_SECONDS);
    }

    /** The same program again, its output after the former's. */
    public void startAgain() {
        spawn();
    }

    /** Asks with SIGTERM; {@link #close} waits. */
    public void ask() {
        process.destroy();
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            process.destroy();
            if (!await(GRACE_SECONDS)) {
                process.destroyForcibly();
                await(GRACE_SECONDS);
            }
        }
    }

    /** The end of its log, for a person who must find out why it ended. */
    public String tail() {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long from = Math.max(0, file.length() - TAIL_BYTES);
            byte[] bytes = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(bytes);
            List<String> lines = new String(bytes, UTF_8).lines().toList();
            return String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(" + log + " cannot be read: " + e.getMessage() + ")";
        }
    }

    private void spawn() {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot start " + name + " (" + command.getFirst() + ")", e);
        }
    }

    private boolean await(long seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
