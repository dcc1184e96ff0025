package dev.plimsoll.processes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.settings.Catalogue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that this one started and that does not outlive it: its standard input is a pipe, and
 * it ends when the pipe is closed (see {@link ParentWatch}). Both of its output streams are
 * appended to a file.
 */
public final class ManagedProcess implements AutoCloseable {

    private static final int TAIL_BYTES = 6_000;
    private static final int TAIL_LINES = 25;
    /** Of what a start says, so much is looked through. */
    private static final long SAID_BYTES = 1 << 20;

    private static final long GRACE_SECONDS = 15;
    private static final long SIGNAL_SECONDS = 5;

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path log;
    private Process process;
    /** What lies before it in the log was said by earlier starts. */
    private long logBegin;

    private ManagedProcess(
            String name, List<String> command, Map<String, String> environment, Path log) {
        this.name = name;
        this.command = command;
        this.environment = environment;
        this.log = log;
    }

    /** @param environment besides this process's own, of which no setting of ours is inherited */
    public static ManagedProcess start(
            String name, List<String> command, Map<String, String> environment, Path logs) {
        ManagedProcess started =
                new ManagedProcess(name, command, environment, logs.resolve(name + ".log"));
        started.spawn();
        return started;
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

    /** Ends it with kill -9 and waits until it has ended. */
    public void kill() {
        process.destroyForcibly();
        await(GRACE_SECONDS);
    }

    /** Starts the same program again; its output is appended to the same file. */
    public void startAgain() {
        spawn();
    }

    /** Asks it with SIGTERM to end, and does not wait. */
    public void ask() {
        process.destroy();
    }

    /** Sends a signal such as STOP or CONT. */
    public void signal(String signal) {
        try {
            // by the shell's own command, because there may be no program of that name
            new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor(SIGNAL_SECONDS, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot send SIG" + signal + " to " + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks it to end, waits up to 15 s, then ends it with kill -9. */
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

    /** The end of its log, at most 25 lines. */
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

    /** What this start has said so far. */
    List<String> said() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(SAID_BYTES, file.length() - logBegin)];
            file.seek(logBegin);
            file.readFully(bytes);
            return new String(bytes, UTF_8).lines().toList();
        }
    }

    /** The last line of its log, or an empty string. */
    public String lastLine() {
        return tail().lines().reduce("", (before, line) -> line);
    }

    private void spawn() {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            settle(builder.environment(), environment);
            logBegin = log.toFile().length();
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot start " + name + " (" + command.getFirst() + ")", e);
        }
    }

    /**
     * Changes what a process inherits into what it gets. Settings that this process read from its
     * environment it has resolved; a program that read them once more would read some that are not
     * meant for it, e.g. how to reach another broker.
     */
    static void settle(Map<String, String> inherited, Map<String, String> given) {
        inherited.keySet().removeIf(Catalogue::isVariable);
        inherited.putAll(given);
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
