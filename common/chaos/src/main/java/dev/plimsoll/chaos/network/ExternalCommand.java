package dev.plimsoll.chaos.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a program that does one thing and ends. */
final class ExternalCommand {

    private static final long PATIENCE_SECONDS = 10;

    private ExternalCommand() {}

    /** @param output both streams, without the space around */
    record Result(List<String> command, boolean done, String output) {

        /** What a person is told of a failure. */
        String problem() {
            return String.join(" ", command) + ": " + output.replaceAll("\\s*\\R\\s*", "; ");
        }
    }

    /** A program that is missing, or does not end, is a failure like others. */
    static Result run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .execute(process::destroyForcibly);
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
            return new Result(command, process.waitFor() == 0, output);
        } catch (IOException e) {
            return new Result(command, false, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result(command, false, "interrupted");
        }
    }
}
