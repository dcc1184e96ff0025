package dev.plimsoll.cli.demo;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A broker that runs as one of the processes that a command starts. */
public final class OwnBroker {

    private static final Duration READY_LIMIT = Duration.ofSeconds(60);

    private OwnBroker() {}

    /**
     * Starts it and returns its address, host:port, once it answers.
     *
     * @param directory where it keeps its data
     */
    static String start(ProcessGroup group, Path directory)
            throws IOException, InterruptedException {
        return start(group, Programs.broker(directory, "localhost", 0));
    }

    /**
     * The same.
     *
     * @param heapMebibytes the most that its heap may grow to
     */
    public static String start(ProcessGroup group, Path directory, int heapMebibytes)
            throws IOException, InterruptedException {
        return start(group, directory, 0, heapMebibytes);
    }

    /**
     * The same.
     *
     * @param port 0 for a free one
     */
    public static String start(ProcessGroup group, Path directory, int port, int heapMebibytes)
            throws IOException, InterruptedException {
        return start(group, Programs.broker(directory, "localhost", port, heapMebibytes));
    }

    private static String start(ProcessGroup group, List<String> command)
            throws IOException, InterruptedException {
        ManagedProcess broker = group.start(ProcessGroup.BROKER, Programs.deafToInterrupt(command));
        return group.awaitReady(broker.name(), READY_LIMIT)
                .orElseThrow(() -> broker.alive()
                        ? CliFailure.internal("the broker did not get ready within "
                                + READY_LIMIT.toSeconds()
                                + " s; the end of its log:\n" + broker.tail())
                        : CliFailure.ofChild(
                                broker.name(), broker.exitCode(), broker.log(), broker.tail()));
    }
}
