package dev.plimsoll.cli;

import dev.plimsoll.processes.ParentWatch;
import dev.plimsoll.wire.process.ExitCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where the parts of this installation lie; the launcher tells with the system property
 * {@code plimsoll.home}.
 */
public final class Installation {

    private static final String SEPARATOR = System.getProperty("path.separator");

    private Installation() {}

    public static Path home() {
        return Path.of(System.getProperty("plimsoll.home", "."))
                .toAbsolutePath()
                .normalize();
    }

    public static Path builtInModel() {
        return home().resolve("common/model/tiny-llama");
    }

    /** Whether it came as an archive: with a Java runtime, and without sources. */
    static boolean isPackage(Path home) {
        return Files.isRegularFile(home.resolve("runtime/bin/java"))
                && !Files.exists(home.resolve("pom.xml"));
    }

    /** A package has none until its second archive is unpacked over it; a build has one. */
    static boolean lacksLibtorch(Path home) {
        return isPackage(home)
                && jarsUnder(home.resolve("gpu-worker/target/quarkus-app/lib")).stream()
                        .noneMatch(
                                jar -> jar.getFileName().toString().contains("pytorch-native-cpu"));
    }

    /** The given model directory, or the built-in one. */
    public static Path modelOr(Path given) {
        Path model = given == null ? builtInModel() : given;
        if (!Files.isDirectory(model)) {
            throw new CliProblem(
                    ExitCode.INPUT,
                    "there is no model directory '" + model
                            + "'; give one as Hugging Face lays it out (config.json, "
                            + "*.safetensors, tokenizer.json)");
        }
        return model.toAbsolutePath().normalize();
    }

    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The class path of this process. */
    public static String ownClassPath() {
        return System.getProperty("java.class.path");
    }

    /** A Quarkus application's runner jar. */
    public static Path runner(String module) {
        Path jar = home().resolve(module).resolve("target/quarkus-app/quarkus-run.jar");
        if (!Files.isRegularFile(jar)) {
            throw new CliProblem(
                    ExitCode.INTERNAL,
                    jar + " is not there; build it with `./plimsoll build` in " + home());
        }
        return jar;
    }

    /** All classes of a Quarkus application, to run a plain main of it. */
    public static String applicationClassPath(String module) {
        Path app = runner(module).getParent();
        List<Path> jars = new ArrayList<>(jarsUnder(app.resolve("app")));
        jars.addAll(jarsUnder(app.resolve("lib")));
        return jars.stream().map(Path::toString).collect(Collectors.joining(SEPARATOR));
    }

    /** DJL's jar with its own native library. */
    static Optional<Path> nativeHalf() {
        return jarsUnder(runner("gpu-worker").resolveSibling("lib")).stream()
                .filter(jar -> jar.getFileName().toString().contains("pytorch-jni-"))
                .findFirst();
    }

    /**
     * All classes with what Quarkus generated for it, so that its main class can be run as it is.
     */
    public static String quarkusClassPath(String module) {
        Path generated = runner(module).getParent().resolve("quarkus");
        return generated.resolve("transformed-bytecode.jar")
                + SEPARATOR
                + generated.resolve("generated-bytecode.jar")
                + SEPARATOR
                + applicationClassPath(module);
    }

    /**
     * Where {@link ParentWatch} is found. In a built installation it is a jar, which an
     * ahead-of-time cache needs.
     */
    static String parentWatch() {
        return path(ParentWatch.class.getProtectionDomain().getCodeSource().getLocation());
    }

    /** A place as the file system names it: the URL has %20 where the name has a space. */
    static String path(URL place) {
        try {
            return Path.of(place.toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the class path has an entry that is no URI", e);
        }
    }

    private static List<Path> jarsUnder(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(f -> f.toString().endsWith(".jar")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory, e);
        }
    }
}
