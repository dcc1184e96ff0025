package dev.plimsoll.processes.libtorch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads what a directory says of the libtorch in it. */
final class LibtorchFiles {

    private static final String LIBRARY = "libtorch.so";
    private static final String CUDA_LIBRARY = "libtorch_cuda.so";
    /** Of a Python package; written by PyTorch's build. */
    private static final String VERSION_FILE = "version.py";
    /** Of an archive with libtorch alone. */
    private static final String BUILD_FILE = "build-version";

    private static final Pattern VERSION =
            Pattern.compile("(?m)^__version__ *= *['\"]([^'\"]+)['\"]");
    private static final Pattern CUDA =
            Pattern.compile("(?m)^cuda(?: *:[^=]*)? *= *['\"]([^'\"]+)['\"]");
    /** The end of a version such as 2.7.1+cu128; its last digit is the minor version. */
    private static final Pattern SUFFIX = Pattern.compile(".*\\+cu(\\d+)(\\d)");

    private final Machine machine;

    LibtorchFiles(Machine machine) {
        this.machine = machine;
    }

    /**
     * The libtorch in a directory or in its directory lib; empty where there is none.
     *
     * @param packages Python's namespace nvidia, where the interpreter has it
     */
    Optional<Libtorch> in(Path given, String from, List<Path> packages) {
        return Stream.of(given, given.resolve("lib"))
                .filter(directory -> machine.exists(directory.resolve(LIBRARY)))
                .map(directory -> read(directory.toAbsolutePath().normalize(), from, packages))
                .findFirst();
    }

    private Libtorch read(Path directory, String from, List<Path> packages) {
        Path parent = directory.resolveSibling(VERSION_FILE);
        String python = machine.text(parent).orElse("");
        String version = group(VERSION, python)
                .or(() -> machine.text(directory.resolveSibling(BUILD_FILE)).map(String::strip))
                .orElse("");
        String cuda = machine.exists(directory.resolve(CUDA_LIBRARY))
                ? group(CUDA, python).or(() -> suffix(version)).orElse(Libtorch.UNKNOWN)
                : "";
        return new Libtorch(
                directory,
                version,
                cuda,
                from,
                cuda.isEmpty() ? List.of() : libraries(directory, packages));
    }

    /**
     * The directories lib of NVIDIA's packages: those named, and those beside the package torch.
     */
    private List<Path> libraries(Path directory, List<Path> packages) {
        Set<Path> roots = new LinkedHashSet<>(packages);
        Path torch = directory.getParent();
        if (torch != null && torch.getParent() != null) {
            roots.add(torch.resolveSibling("nvidia"));
        }
        List<Path> found = new ArrayList<>();
        for (Path root : roots) {
            machine.entries(root).stream()
                    .map(one -> one.resolve("lib"))
                    .filter(machine::exists)
                    .forEach(found::add);
        }
        return found;
    }

    private static Optional<String> suffix(String version) {
        Matcher matcher = SUFFIX.matcher(version);
        return matcher.matches()
                ? Optional.of(matcher.group(1) + "." + matcher.group(2))
                : Optional.empty();
    }

    private static Optional<String> group(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
