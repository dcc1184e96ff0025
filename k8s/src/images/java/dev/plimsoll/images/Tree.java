package dev.plimsoll.images;

import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What of a build goes into an image, as layers; the places are those of the build. */
final class Tree {

    static final String ROOT = "/opt/plimsoll";
    static final String LIBTORCH = ROOT + "/libtorch";

    private static final FilePermissions EXECUTABLE = FilePermissions.fromOctalString("755");
    private static final FilePermissions FILE = FilePermissions.fromOctalString("644");
    private static final String CPU_LIBTORCH = "pytorch-native-cpu";

    private final Path home;
    private final Path runtime;

    /** Makes a Java runtime in {@code work}, with the modules that the launcher names. */
    Tree(Path home, Path work) throws IOException {
        this.home = home;
        this.runtime = JavaRuntime.link(home.resolve("plimsoll"), work.resolve("runtime"));
    }

    FileEntriesLayer runtime() throws IOException {
        return layer("runtime", runtime, ROOT + "/runtime", file -> true);
    }

    /** Libraries of the command line, which every image has. */
    FileEntriesLayer libraries() throws IOException {
        return part("libraries", "common/cli/target/lib", file -> true);
    }

    /** The launcher, the command line's own classes, the small model, and what a person reads. */
    FileEntriesLayer launcher() throws IOException {
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName("launcher");
        for (String part : List.of(
                "common/cli/target/classes",
                "common/cli/target/commit",
                "common/chaos/target/classes",
                "common/model/tiny-llama",
                "docs/SETTINGS.md",
                "plimsoll",
                "LICENSE",
                "NOTICE",
                "README.md")) {
            add(layer, home.resolve(part), ROOT + "/" + part, file -> true);
        }
        for (String module : List.of("common/cli", "coordinator", "gpu-worker")) {
            Path bill = home.resolve(module).resolve("target/bom.json");
            if (Files.exists(bill)) {
                String name = module.replaceAll(".*/", "") + ".cdx.json";
                layer.addEntry(bill, AbsoluteUnixPath.get(ROOT + "/sbom/" + name), FILE);
            }
        }
        return layer.build();
    }

    /** A Quarkus application: its libraries but libtorch, then its own classes. */
    List<FileEntriesLayer> program(String module) throws IOException {
        String app = module + "/target/quarkus-app";
        return List.of(
                part(
                        module + " libraries",
                        app + "/lib",
                        file -> !file.toString().contains(CPU_LIBTORCH)),
                part(
                        module,
                        app,
                        file -> !file.startsWith(home.resolve(app).resolve("lib"))
                                && !file.getFileName().toString().contains(".aot")));
    }

    /** The jar of libtorch for CPUs, which a worker unpacks where it starts. */
    FileEntriesLayer libtorchForCpu() throws IOException {
        return part(
                "libtorch for CPUs",
                "gpu-worker/target/quarkus-app/lib",
                file -> Files.isDirectory(file) || file.toString().contains(CPU_LIBTORCH));
    }

    FileEntriesLayer libtorch(Path directory) throws IOException {
        return layer("libtorch for CUDA", directory, LIBTORCH, file -> true);
    }

    private FileEntriesLayer part(String name, String part, Predicate<Path> wanted)
            throws IOException {
        return layer(name, home.resolve(part), ROOT + "/" + part, wanted);
    }

    private static FileEntriesLayer layer(
            String name, Path source, String place, Predicate<Path> wanted) throws IOException {
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName(name);
        add(layer, source, place, wanted);
        return layer.build();
    }

    /** In the order of their names, so that the same files make the same layer. */
    private static void add(
            FileEntriesLayer.Builder layer, Path source, String place, Predicate<Path> wanted)
            throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(wanted).sorted().toList()) {
                String name = source.relativize(file).toString();
                layer.addEntry(
                        file,
                        AbsoluteUnixPath.get(name.isEmpty() ? place : place + "/" + name),
                        Files.isDirectory(file) || Files.isExecutable(file) ? EXECUTABLE : FILE);
            }
        }
    }
}
