package dev.plimsoll.production;

import dev.plimsoll.cli.Plimsoll;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** Runs commands in this process, as a user whose client settings lie in a file. */
final class Commands {

    private final Path file;

    /**
     * How a command ended.
     *
     * @param err what it said on standard error, without the name of the program before it
     */
    record Ended(int code, String out, String err) {}

    Commands(Path directory, Map<String, String> settings) throws IOException {
        this.file = file(directory, settings);
    }

    static Path file(Path directory, Map<String, String> settings) throws IOException {
        Properties properties = new Properties();
        properties.putAll(settings);
        Path file = Files.createTempFile(directory, "client", ".properties");
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
        return file;
    }

    Ended run(String prefix, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--kafka-config", file.toString(), "--prefix", prefix));
        return run(all);
    }

    static Ended run(List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
        return new Ended(
                code, out.toString(), err.toString().strip().replaceFirst("^plimsoll: ", ""));
    }
}
