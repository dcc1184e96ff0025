package dev.plimsoll.cli;

import dev.plimsoll.processes.libtorch.Libtorch;
import dev.plimsoll.processes.libtorch.LibtorchChoice;
import dev.plimsoll.processes.libtorch.LibtorchSearch;
import dev.plimsoll.processes.libtorch.LibtorchStart;
import dev.plimsoll.processes.libtorch.NativeHalf;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * With what a process is started that loads the engine, and so a libtorch.
 *
 * @param variables for its environment
 * @param options of its JVM
 */
public record EngineStart(SortedMap<String, String> variables, List<String> options) {

    private static final String ARENAS = "MALLOC_ARENA_MAX";

    /** The engine tells in its log why this libtorch was taken. */
    private static final String REASON = "-Dlibtorch.choice=";

    public EngineStart {
        options = List.copyOf(options);
    }

    /**
     * Throws with one sentence where no libtorch is there for the device that is asked for.
     *
     * @param properties settings of a worker, by their names
     */
    public static EngineStart ofWorker(Map<String, String> properties) {
        boolean simulated = !properties
                .getOrDefault(WorkerCatalogue.SIMULATED_CARD_BYTES.name(), "0")
                .equals("0");
        return of(
                Optional.ofNullable(properties.get(WorkerCatalogue.LIBTORCH.name()))
                        .map(Path::of),
                simulated ? "cpu" : device(properties));
    }

    /**
     * @param arguments of a program of the engine, which checks them
     * @param libtorch null where none is named
     */
    static EngineStart ofProgram(List<String> arguments, Path libtorch) {
        int option = arguments.indexOf(WorkerCatalogue.DEVICE.option());
        String device =
                option >= 0 && option + 1 < arguments.size() ? arguments.get(option + 1) : "auto";
        return of(Optional.ofNullable(libtorch), device);
    }

    static String device(Map<String, String> properties) {
        return properties.getOrDefault(WorkerCatalogue.DEVICE.name(), "auto");
    }

    private static EngineStart of(Optional<Path> libtorch, String device) {
        LibtorchChoice choice = LibtorchSearch.here().find(named(libtorch), device);
        if (device.equals("cuda") && !choice.hasCuda()) {
            throw new CliProblem(
                    ExitCode.INPUT,
                    "device cuda was asked for, but what would be loaded is " + choice
                            + "; `pip install torch` in an active virtual environment brings one "
                            + "with CUDA, --libtorch names one, and `plimsoll doctor` says more");
        }
        if (choice.own().isEmpty() && Installation.lacksLibtorch(Installation.home())) {
            throw new CliProblem(
                    ExitCode.INPUT,
                    "this package has no libtorch, and none was found: name one with --libtorch"
                            + " (a PyTorch installed by pip has one), or unpack the archive"
                            + " libtorch-cpu, which came with the package, over "
                            + Installation.home());
        }
        return of(choice);
    }

    /** The libtorch that is named, here or by the variable of the setting. */
    public static Optional<Path> named(Optional<Path> given) {
        return given.or(() -> SettingValues.read(
                        List.of(WorkerCatalogue.LIBTORCH), Map.of(), System.getenv())
                .given(WorkerCatalogue.LIBTORCH));
    }

    /** For what was found. */
    public static EngineStart of(LibtorchChoice choice) {
        SortedMap<String, String> variables = new TreeMap<>();
        List<String> options = new ArrayList<>();
        List<String> replaced = List.of();
        if (choice.own().isPresent()) {
            Libtorch own = choice.own().get();
            Path jar = Installation.nativeHalf()
                    .orElseThrow(() -> new CliProblem(
                            ExitCode.INTERNAL,
                            "the build has no jar pytorch-jni; build it with `./plimsoll build`"));
            LibtorchStart start =
                    LibtorchStart.here(own, NativeHalf.read(jar, System.getProperty("os.arch")));
            variables.putAll(start.variables());
            options.addAll(start.options());
            replaced = start.replaced();
        }
        options.add(REASON
                + choice
                + (replaced.isEmpty()
                        ? ""
                        : "; its allocator is cudaMallocAsync and not by "
                                + String.join(" and ", replaced)));
        return new EngineStart(variables, options);
    }

    /**
     * By default glibc gives up to eight arenas a core to a process's threads, and what libtorch
     * frees in one is of no use to the others: a worker grows for as long as chance has it. What
     * the user has set stays.
     */
    EngineStart withFewArenas(Map<String, String> environment) {
        return environment.containsKey(ARENAS) ? this : with(ARENAS, "2");
    }

    /** The same with one more variable. */
    public EngineStart with(String variable, String value) {
        SortedMap<String, String> more = new TreeMap<>(variables);
        more.put(variable, value);
        return new EngineStart(more, options);
    }

    /** The beginning of a command line that sets the variables. */
    List<String> prefix() {
        if (variables.isEmpty()) {
            return List.of();
        }
        List<String> prefix = new ArrayList<>(List.of("env"));
        variables.forEach((name, value) -> prefix.add(name + "=" + value));
        return prefix;
    }
}
