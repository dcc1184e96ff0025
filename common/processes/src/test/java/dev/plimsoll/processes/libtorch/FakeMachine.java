package dev.plimsoll.processes.libtorch;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A tree of files, and interpreters that know packages. */
final class FakeMachine implements Machine {

    private final SortedMap<Path, String> files = new TreeMap<>();
    private final Map<String, String> interpreters = new HashMap<>();

    FakeMachine file(String path, String text) {
        files.put(Path.of(path), text);
        return this;
    }

    FakeMachine driver() {
        return file("/proc/driver/nvidia/version", "NVRM version: 570.86");
    }

    /** Python's package torch below a directory of packages; cuda null for one for CPUs only. */
    FakeMachine torch(String packages, String version, String cuda) {
        String torch = packages + "/torch";
        file(torch + "/lib/libtorch.so", "");
        if (cuda != null) {
            file(torch + "/lib/libtorch_cuda.so", "");
        }
        return file(
                torch + "/version.py",
                "from typing import Optional\n\n__version__ = '" + version + "'\n"
                        + "cuda: Optional[str] = " + (cuda == null ? "None" : "'" + cuda + "'")
                        + "\nhip: Optional[str] = None\n");
    }

    FakeMachine interpreter(String name, String... printed) {
        interpreters.put(name, String.join("\n", printed));
        return this;
    }

    @Override
    public boolean exists(Path file) {
        return files.keySet().stream().anyMatch(one -> one.startsWith(file));
    }

    @Override
    public List<Path> entries(Path directory) {
        return files.keySet().stream()
                .filter(one -> one.startsWith(directory) && !one.equals(directory))
                .map(one -> directory.resolve(one.getName(directory.getNameCount())))
                .distinct()
                .toList();
    }

    @Override
    public Optional<String> text(Path file) {
        return Optional.ofNullable(files.get(file));
    }

    @Override
    public Optional<String> python(String interpreter, String script) {
        return Optional.ofNullable(interpreters.get(interpreter));
    }
}
