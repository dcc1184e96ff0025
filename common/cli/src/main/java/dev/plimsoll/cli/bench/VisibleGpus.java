package dev.plimsoll.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The GPUs that processes of this one can see, as {@code CUDA_VISIBLE_DEVICES} names them: those
 * that the variable names if it is set, else those that {@code nvidia-smi -L} lists; none where
 * there is no such program.
 */
final class VisibleGpus {

    static final String VARIABLE = "CUDA_VISIBLE_DEVICES";

    private VisibleGpus() {}

    static List<String> find(Map<String, String> environment) {
        String given = environment.get(VARIABLE);
        return given == null ? numbered(listing()) : named(given);
    }

    /** The names in the variable's value. */
    static List<String> named(String value) {
        return Arrays.stream(value.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty() && !name.equals("-1"))
                .toList();
    }

    /** A number for each line that tells of a GPU. */
    static List<String> numbered(String listing) {
        long count = listing.lines().filter(line -> line.startsWith("GPU ")).count();
        return IntStream.range(0, (int) count).mapToObj(Integer::toString).toList();
    }

    private static String listing() {
        try {
            Process process = new ProcessBuilder("nvidia-smi", "-L")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            return new String(process.getInputStream().readAllBytes(), UTF_8);
        } catch (IOException e) {
            return ""; // there is no such program, so there is no driver
        }
    }
}
