package dev.plimsoll.production;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prometheus' program of that name, which need not be on a machine. */
final class Promtool {

    private Promtool() {}

    /** @param text of both standard output and standard error */
    record Said(int code, String text) {}

    static boolean isHere() {
        try {
            return run("", "--version").code() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** @param served in Prometheus' text format */
    static Said checkMetrics(String served) throws IOException, InterruptedException {
        return run(served, "check", "metrics");
    }

    private static Said run(String input, String... arguments)
            throws IOException, InterruptedException {
        Path file = Files.createTempFile("promtool", ".txt");
        try {
            Files.writeString(file, input);
            String[] command = new String[arguments.length + 1];
            command[0] = "promtool";
            System.arraycopy(arguments, 0, command, 1, arguments.length);
            Process process = new ProcessBuilder(command)
                    .redirectInput(file.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Said(process.waitFor(), said);
        } finally {
            Files.delete(file);
        }
    }
}
