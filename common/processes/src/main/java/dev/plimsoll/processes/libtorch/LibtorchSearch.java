package dev.plimsoll.processes.libtorch;

import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds a libtorch (decision 0139): the one that somebody names, else one with CUDA in a Python
 * package or unpacked on this machine, else the build's own.
 */
public final class LibtorchSearch {

    /** DJL's variable: directories, with colons between them. */
    static final String VARIABLE = "PYTORCH_LIBRARY_PATH";

    private static final String SETTING = WorkerCatalogue.LIBTORCH.name();

    private static final String REMEDY = "install one in a virtual environment by pip install "
            + "'torch==" + TorchVersion.NEWEST_TRIED + ".*'";

    /** One of these is there where NVIDIA's driver is, also in a container and under WSL. */
    private static final List<Path> DRIVER = List.of(
            Path.of("/proc/driver/nvidia/version"),
            Path.of("/dev/nvidiactl"),
            Path.of("/dev/nvidia0"),
            Path.of("/dev/dxg"),
            Path.of("/usr/lib/x86_64-linux-gnu/libcuda.so.1"),
            Path.of("/usr/lib64/libcuda.so.1"));

    /** Asks where packages lie, without importing them. */
    private static final String SCRIPT = """
            import importlib.util
            for name in ("torch", "nvidia"):
                spec = importlib.util.find_spec(name)
                for place in spec.submodule_search_locations or [] if spec else []:
                    print(name, place)
            """;

    private final Machine machine;
    private final Map<String, String> environment;
    private final LibtorchFiles files;

    LibtorchSearch(Machine machine, Map<String, String> environment) {
        this.machine = machine;
        this.environment = Map.copyOf(environment);
        this.files = new LibtorchFiles(machine);
    }

    public static LibtorchSearch here() {
        return new LibtorchSearch(new LocalMachine(), System.getenv());
    }

    /** Whether there is a sign of NVIDIA's driver. */
    public boolean hasDriver() {
        return DRIVER.stream().anyMatch(machine::exists);
    }

    /**
     * What a process on this device loads. Throws {@link SettingProblem} for a directory that was
     * named and cannot be used.
     *
     * @param told the setting libtorch
     * @param device auto, cpu or cuda; only cuda is searched for where there is no driver
     */
    public LibtorchChoice find(Optional<Path> told, String device) {
        if (told.isPresent()) {
            return named(List.of(told.get()), "setting", SETTING, told.get().toString());
        }
        String variable = environment.getOrDefault(VARIABLE, "");
        if (!variable.isBlank()) {
            List<Path> directories =
                    Arrays.stream(variable.split(":")).map(Path::of).toList();
            return named(directories, "variable", VARIABLE, variable);
        }
        if (device.equals("cpu")) {
            return new LibtorchChoice(Optional.empty(), List.of());
        }
        if (!device.equals("cuda") && !hasDriver()) {
            return new LibtorchChoice(
                    Optional.empty(), List.of("there is no sign of NVIDIA's driver"));
        }
        return search();
    }

    private LibtorchChoice named(List<Path> directories, String kind, String by, String value) {
        Libtorch found = directories.stream()
                .flatMap(
                        one -> files.in(one, "named by the " + kind + " " + by, List.of()).stream())
                .findFirst()
                .orElseThrow(() -> new SettingProblem(by + " is '" + value
                        + "', and there is no libtorch.so in it or in its directory lib; give the "
                        + "directory of a libtorch, such as site-packages/torch/lib"));
        Optional<TorchVersion> version = TorchVersion.of(found.version());
        if (version.filter(TorchVersion::tooOld).isPresent()) {
            throw new SettingProblem(by + " is '" + value + "', which is version "
                    + found.version() + "; the engine needs " + TorchVersion.OLDEST
                    + " or later: " + REMEDY);
        }
        return new LibtorchChoice(Optional.of(found), untried(found));
    }

    /** The first with CUDA that is not too old. */
    private LibtorchChoice search() {
        List<String> notes = new ArrayList<>();
        List<Libtorch> candidates = new ArrayList<>();
        interpreters().forEach((interpreter, name) -> {
            Optional<Libtorch> found = ofPython(interpreter, name);
            if (found.isEmpty()) {
                notes.add("there is no package torch in " + name);
            }
            found.filter(one -> candidates.stream()
                            .noneMatch(other -> other.directory().equals(one.directory())))
                    .ifPresent(candidates::add);
        });
        for (Path place : unpacked()) {
            files.in(place, "unpacked there", List.of()).ifPresent(candidates::add);
        }
        for (Libtorch candidate : candidates) {
            Optional<TorchVersion> version = TorchVersion.of(candidate.version());
            if (!candidate.hasCuda()) {
                notes.add(candidate + ", is only taken when --libtorch names it");
            } else if (version.filter(TorchVersion::tooOld).isPresent()) {
                notes.add(candidate + ", is older than " + TorchVersion.OLDEST + ": " + REMEDY);
            } else {
                return new LibtorchChoice(Optional.of(candidate), untried(candidate));
            }
        }
        return new LibtorchChoice(Optional.empty(), notes);
    }

    private static List<String> untried(Libtorch found) {
        return TorchVersion.of(found.version())
                .filter(version -> found.hasCuda() && version.untried())
                .map(version -> List.of("versions after " + TorchVersion.NEWEST_TRIED
                        + " were not tried with CUDA; if it fails, " + REMEDY))
                .orElse(List.of());
    }

    /** Interpreters, and what a person calls their places. */
    private Map<String, String> interpreters() {
        Map<String, String> interpreters = new LinkedHashMap<>();
        String active = environment.getOrDefault("VIRTUAL_ENV", "");
        if (!active.isBlank()) {
            interpreters.put(active + "/bin/python", "the active virtual environment " + active);
        }
        String conda = environment.getOrDefault("CONDA_PREFIX", "");
        if (!conda.isBlank()) {
            interpreters.put(conda + "/bin/python", "the conda environment " + conda);
        }
        interpreters.put("python3", "the Python of python3 on the PATH");
        return interpreters;
    }

    private Optional<Libtorch> ofPython(String interpreter, String name) {
        List<String> lines =
                machine.python(interpreter, SCRIPT).orElse("").lines().toList();
        return places(lines, "torch").stream()
                .flatMap(
                        torch -> files
                                .in(
                                        torch.resolve("lib"),
                                        "a package of " + name,
                                        places(lines, "nvidia"))
                                .stream())
                .findFirst();
    }

    private static List<Path> places(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> Path.of(line.substring(name.length() + 1)))
                .toList();
    }

    private List<Path> unpacked() {
        List<Path> places = new ArrayList<>(List.of(Path.of("/opt/libtorch")));
        Optional.ofNullable(environment.get("HOME"))
                .filter(home -> !home.isBlank())
                .ifPresent(home -> places.add(Path.of(home, "libtorch")));
        places.add(Path.of("/usr/local/libtorch"));
        return places;
    }
}
