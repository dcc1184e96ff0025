package dev.plimsoll.processes.libtorch;

import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * With what a process is started that is to load a libtorch of the machine. Other variables that
 * the user has set stay as they are, but for another allocator on a GPU: only of this one is it
 * known what tensors need, and a worker would take its own free memory for that of others.
 *
 * @param variables for its environment, which must be there before its JVM is
 * @param options of its JVM
 * @param replaced variables of the user that get another value, as name=value
 */
public record LibtorchStart(
        SortedMap<String, String> variables, List<String> options, List<String> replaced) {

    private static final String LIBRARY_PATH = "LD_LIBRARY_PATH";
    private static final String ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF";
    /** Its newer name. */
    private static final String NEW_ALLOCATOR = "PYTORCH_ALLOC_CONF";

    private static final String BACKEND = "cudaMallocAsync";

    /** DJL loads all that lies beside libtorch.so; these are PyTorch's tests of itself. */
    private static final String TESTS = "libaoti_custom_ops.so,libbackend_with_compiler.so,"
            + "libjitbackend_test.so,libtorchbind_test.so,libshm.so";

    private static final Pattern CUDART = Pattern.compile("libcudart[-.].*so.*");
    private static final Pattern NVRTC = Pattern.compile("libnvrtc(-[0-9a-f]+)?\\.so(\\.[0-9.]+)?");
    private static final List<Path> SYSTEM =
            List.of(Path.of("/usr/local/cuda/lib64"), Path.of("/usr/lib/x86_64-linux-gnu"));

    public LibtorchStart {
        options = List.copyOf(options);
        replaced = List.copyOf(replaced);
    }

    /** For this machine and this process's environment. */
    public static LibtorchStart here(Libtorch libtorch, NativeHalf half) {
        return of(libtorch, half, new LocalMachine(), System.getenv());
    }

    static LibtorchStart of(
            Libtorch libtorch, NativeHalf half, Machine machine, Map<String, String> environment) {
        String flavor = half.flavor(libtorch.hasCuda())
                .orElseThrow(() -> new SettingProblem("DJL has no native half for " + libtorch
                        + " on this architecture; use device cpu without that libtorch"));
        SortedMap<String, String> variables = new TreeMap<>();
        variables.put("PYTORCH_VERSION", half.version());
        variables.put("PYTORCH_FLAVOR", flavor);
        variables.put("PYTORCH_LIBRARY_EXCLUSION", TESTS);
        List<String> options = new ArrayList<>();
        if (libtorch.hasCuda()) {
            library(libtorch, machine, CUDART)
                    .ifPresent(file -> variables.put("CUDART", file.toString()));
            library(libtorch, machine, NVRTC)
                    .ifPresent(file ->
                            options.add("-Dplimsoll." + WorkerCatalogue.NVRTC.name() + "=" + file));
        }
        variables.keySet().removeAll(environment.keySet());
        List<String> replaced = new ArrayList<>();
        if (libtorch.hasCuda()) {
            for (String name : otherAllocators(environment)) {
                variables.put(name, "backend:" + BACKEND);
                if (environment.containsKey(name)) {
                    replaced.add(name + "=" + environment.get(name));
                }
            }
        }
        variables.put(LibtorchSearch.VARIABLE, libtorch.directory().toString());
        if (!libtorch.packages().isEmpty()) {
            variables.put(LIBRARY_PATH, joined(environment.get(LIBRARY_PATH), libtorch.packages()));
        }
        return new LibtorchStart(variables, options, replaced);
    }

    /**
     * Variables that do not name ours: of those that are set or, where none is, the older one,
     * which every version knows.
     */
    private static List<String> otherAllocators(Map<String, String> environment) {
        List<String> set = Stream.of(NEW_ALLOCATOR, ALLOCATOR)
                .filter(environment::containsKey)
                .toList();
        return set.isEmpty()
                ? List.of(ALLOCATOR)
                : set.stream()
                        .filter(name -> !environment.get(name).contains(BACKEND))
                        .toList();
    }

    private static String joined(String given, List<Path> directories) {
        Set<String> all = new LinkedHashSet<>();
        if (given != null && !given.isEmpty()) {
            all.add(given);
        }
        directories.forEach(directory -> all.add(directory.toString()));
        return String.join(":", all);
    }

    /** The one of the same major version of CUDA, if several are there. */
    private static Optional<Path> library(Libtorch libtorch, Machine machine, Pattern name) {
        List<Path> places = new ArrayList<>(List.of(libtorch.directory()));
        places.addAll(libtorch.packages());
        places.addAll(SYSTEM);
        List<Path> found = places.stream()
                .flatMap(place -> machine.entries(place).stream())
                .filter(file -> name.matcher(file.getFileName().toString()).matches())
                .toList();
        String major = ".so." + libtorch.cuda().split("\\.")[0];
        return found.stream()
                .filter(file -> (file.getFileName() + ".").contains(major + "."))
                .findFirst()
                .or(() -> found.stream().findFirst());
    }
}
