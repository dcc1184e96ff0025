package dev.plimsoll.processes;

import dev.plimsoll.wire.process.ExitCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs one program in place of this one. Its output goes where the output of this one goes, and it
 * ends when this one is asked to end.
 */
public final class ForegroundProcess {

    /** To end after what a program may take for its last work. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    private ForegroundProcess() {}

    /**
     * Runs the program to its end and returns its exit code; 1 if this thread is interrupted.
     *
     * @param environment besides this process's own
     */
    public static int run(List<String> command, Map<String, String> environment) {
        return run(command, environment, Duration.ZERO);
    }

    /**
     * The same.
     *
     * @param lastWork that the program may take so long for when it is asked to end
     */
    public static int run(
            List<String> command, Map<String, String> environment, Duration lastWork) {
        Duration patience = lastWork.plus(GRACE);
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().putAll(environment);
            Process process = builder.start();
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().unstarted(() -> stop(process, patience)));
            return process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command.getFirst(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERNAL.number();
        }
    }

    private static void stop(Process process, Duration patience) {
        process.destroy();
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
