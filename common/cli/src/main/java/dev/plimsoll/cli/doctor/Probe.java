package dev.plimsoll.cli.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.cli.EngineStart;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a process of its own, because a library that does not fit may end it. */
public final class Probe {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private Probe() {}

    /** Its answer, or why there is none; one of them is empty. */
    public record Answer<T>(Optional<T> value, String problem) {

        static <T> Answer<T> failed(String problem) {
            return new Answer<>(Optional.empty(), problem);
        }
    }

    /**
     * @param start with which libtorch; one for questions that need none
     * @param type of the answer
     */
    public static <T> Answer<T> ask(EngineStart start, Class<T> type, String... arguments)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("plimsoll-probe");
        try {
            return ask(directory, start, type, List.of(arguments));
        } finally {
            delete(directory);
        }
    }

    /** A crash leaves its report in the process's working directory. */
    private static <T> Answer<T> ask(
            Path directory, EngineStart start, Class<T> type, List<String> arguments)
            throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(Programs.engineProbe(start, arguments))
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            return Answer.failed("it did not answer within " + PATIENCE.toMinutes()
                    + " min; its last line: " + lastLine(err));
        }
        if (process.exitValue() == ExitCode.INPUT.number()) {
            return Answer.failed(lastLine(err));
        }
        if (process.exitValue() != 0) {
            String said = lastLine(err);
            return Answer.failed("the process that tried it ended with exit code "
                    + process.exitValue() + "; its last line: "
                    + (said.isEmpty() ? lastLine(out) : said));
        }
        try {
            return new Answer<>(Optional.of(Json.mapper().readValue(lastLine(out), type)), "");
        } catch (JsonProcessingException e) {
            return Answer.failed("the process that tried it said: " + lastLine(out));
        }
    }

    private static String lastLine(Path file) throws IOException {
        return new String(Files.readAllBytes(file), UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.equals("#"))
                .reduce("", (before, line) -> line);
    }

    private static void delete(Path directory) {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + directory, e);
        }
    }
}
