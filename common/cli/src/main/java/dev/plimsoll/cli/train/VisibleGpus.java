package dev.plimsoll.cli.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES takes. */
final class VisibleGpus {

    static final String VARIABLE = "CUDA_VISIBLE_DEVICES";

    /** Where NVIDIA's driver shows one directory a card. */
    private static final Path DRIVER = Path.of("/proc/driver/nvidia/gpus");

    private VisibleGpus() {}

    static List<String> of(Map<String, String> environment) {
        return of(environment, DRIVER);
    }

    static List<String> of(Map<String, String> environment, Path driver) {
        String visible = environment.get(VARIABLE);
        if (visible != null) {
            return Arrays.stream(visible.split(",", -1))
                    .map(String::strip)
                    .takeWhile(name -> !name.isEmpty() && !name.equals("-1"))
                    .toList();
        }
        if (!Files.isDirectory(driver)) {
            return List.of();
        }
        try (Stream<Path> cards = Files.list(driver)) {
            return IntStream.range(0, (int) cards.count())
                    .mapToObj(Integer::toString)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + driver, e);
        }
    }
}
