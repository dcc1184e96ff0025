package dev.plimsoll.processes.libtorch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The machine that this process runs on. */
final class LocalMachine implements Machine {

    private static final long PATIENCE_SECONDS = 20;

    @Override
    public boolean exists(Path file) {
        return Files.exists(file);
    }

    @Override
    public List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            return List.of(); // there is no such directory, or it is not ours to read
        }
    }

    @Override
    public Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file, UTF_8));
        } catch (IOException e) {
            return Optional.empty(); // there is no such file, or it is not ours to read
        }
    }

    /** What is printed must fit into a pipe; the script's few lines do. */
    @Override
    public Optional<String> python(String interpreter, String script) {
        try {
            Process process = new ProcessBuilder(interpreter, "-c", script)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
            return process.exitValue() == 0 ? Optional.of(printed) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // there is no such interpreter
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
