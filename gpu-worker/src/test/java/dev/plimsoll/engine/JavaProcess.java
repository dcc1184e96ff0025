package dev.plimsoll.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A main of this module in a process of its own, with the tests' class path. */
public final class JavaProcess {

    private JavaProcess() {}

    /** How it ended. */
    public record Outcome(int code, String out, String err) {}

    /** @param directory for its output */
    public static Outcome run(Path directory, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        return run(directory, Path.of("/dev/null"), main, arguments);
    }

    /** @param in its standard input */
    public static Outcome run(Path directory, Path in, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        int code = new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start()
                .waitFor();
        return new Outcome(
                code,
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }
}
