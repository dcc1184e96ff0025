package dev.plimsoll.model.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The built-in data set: the public API of the running JDK (modules java.*, exported packages),
 * read by reflection. One sample per public type that declares public methods:
 *
 * <pre>
 * {"id": "java.util.List", "prompt": "Declare the public methods of java.util.List.",
 *  "completion": "\nE get(int)\n…"}
 * </pre>
 *
 * The completion begins with the line break that separates it from the prompt. The same JDK gives
 * the same samples in the same order. {@link #HELD_OUT} types of moderate length, chosen by a hash
 * of their name, are never among them.
 */
public final class JdkApi {

    /** Size of the held-out set. */
    public static final int HELD_OUT = 64;

    private static final int MODERATE_FROM_CHARACTERS = 200;
    private static final int MODERATE_TO_CHARACTERS = 1_200;

    private final List<String> shuffled;
    private final Map<String, Optional<String>> signatures = new HashMap<>();

    private JdkApi(List<String> names) {
        this.shuffled = byHash(names, "order:");
    }

    /** One type's sample. */
    public record ApiSample(String typeName, String prompt, String completion) {

        /** A line of JSONL, as {@link SampleParser} reads it. */
        public String toJson(String id) {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("id", id)
                    .put("prompt", prompt)
                    .put("completion", completion)
                    .toString();
        }
    }

    /** The running JDK's; types are read when they are asked for. */
    public static JdkApi ofThisJdk() {
        return new JdkApi(typeNames());
    }

    /**
     * The first {@code count} samples of the training set, or all there are, in the shuffled order.
     */
    public List<ApiSample> training(int count) {
        Set<String> excluded =
                heldOut().stream().map(ApiSample::typeName).collect(Collectors.toSet());
        return shuffled.stream()
                .map(this::sample)
                .flatMap(Optional::stream)
                .filter(s -> !excluded.contains(s.typeName()))
                .limit(count)
                .toList();
    }

    /** The samples that are never trained on. */
    public List<ApiSample> heldOut() {
        return byHash(shuffled, "held-out:").stream()
                .map(this::sample)
                .flatMap(Optional::stream)
                .filter(s -> s.completion().length() >= MODERATE_FROM_CHARACTERS
                        && s.completion().length() <= MODERATE_TO_CHARACTERS)
                .limit(HELD_OUT)
                .toList();
    }

    private Optional<ApiSample> sample(String binaryName) {
        Optional<String> lines = signatures.computeIfAbsent(binaryName, JdkApi::signatures);
        String name = binaryName.replace('$', '.');
        return lines.map(
                l -> new ApiSample(name, "Declare the public methods of " + name + ".", "\n" + l));
    }

    private static Optional<String> signatures(String binaryName) {
        try {
            Class<?> type = Class.forName(binaryName, false, ClassLoader.getPlatformClassLoader());
            for (Class<?> outer = type; outer != null; outer = outer.getDeclaringClass()) {
                if (!Modifier.isPublic(outer.getModifiers())) {
                    return Optional.empty();
                }
            }
            return Optional.of(TypeSignatures.of(type)).filter(s -> !s.isEmpty());
        } catch (ClassNotFoundException | LinkageError e) {
            // a type whose own signature needs a module that this runtime lacks
            return Optional.empty();
        }
    }

    private static List<String> byHash(List<String> names, String salt) {
        Map<String, String> hashes = new LinkedHashMap<>();
        names.forEach(n -> hashes.put(n, SampleIds.contentHash((salt + n).getBytes(UTF_8))));
        return names.stream().sorted(Comparator.comparing(hashes::get)).toList();
    }

    /**
     * Binary names of all types, anonymous and local ones aside, in the exported packages of
     * modules java.*.
     */
    private static List<String> typeNames() {
        Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules");
        List<String> names = new ArrayList<>();
        for (Module module : ModuleLayer.boot().modules()) {
            if (!module.getName().startsWith("java.")) {
                continue;
            }
            for (ModuleDescriptor.Exports exported : module.getDescriptor().exports()) {
                if (!exported.isQualified()) {
                    names.addAll(typesIn(modules.resolve(module.getName()), exported.source()));
                }
            }
        }
        return names;
    }

    private static List<String> typesIn(Path module, String packageName) {
        Path directory = module.resolve(packageName.replace('.', '/'));
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f ->
                            f.endsWith(".class") && !f.matches("package-info\\.class|.*\\$\\d.*"))
                    .map(f -> packageName + "." + f.substring(0, f.length() - ".class".length()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory + " of the running JDK", e);
        }
    }
}
