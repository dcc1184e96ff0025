package dev.plimsoll.processes.libtorch;

import java.nio.file.Path;
import java.util.List;

/**
 * A libtorch of the machine.
 *
 * @param directory holds libtorch.so
 * @param version such as 2.11.0+cu128; empty if nothing there tells it
 * @param cuda the version of CUDA; empty for one that is for CPUs only
 * @param from who named it or where it was found, as the end of a sentence
 * @param packages directories of the libraries that Python packages of NVIDIA bring for it
 */
public record Libtorch(
        Path directory, String version, String cuda, String from, List<Path> packages) {

    /** The version of CUDA where the library has it and nothing tells which. */
    static final String UNKNOWN = "of an unknown version";

    public Libtorch {
        packages = List.copyOf(packages);
    }

    public boolean hasCuda() {
        return !cuda.isEmpty();
    }

    @Override
    public String toString() {
        return "libtorch " + (version.isEmpty() ? "of an unknown version" : version)
                + (hasCuda() ? " with CUDA " + cuda : " for CPUs only")
                + " in " + directory + ", " + from;
    }
}
