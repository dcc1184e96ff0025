package dev.plimsoll.engine.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the signatures of both sides of a border from their sources, without comments. */
public final class SourceSignatures {

    private static final Path JAVA = Path.of("src/main/java/dev/plimsoll/engine");
    private static final Path RESOURCES = Path.of("src/main/resources/dev/plimsoll/engine");

    /** @param type in the words of its side */
    public record Parameter(String type, String name) {}

    /** A method, or a kernel. */
    public record Method(String name, List<Parameter> parameters, String result) {}

    /**
     * A Java method whose body is one call by name.
     *
     * @param caller the method that is called
     * @param called the name
     * @param arguments of the call, the name and what comes before it left out
     */
    public record Binding(Method java, String caller, String called, List<String> arguments) {}

    private static final Pattern PYTHON =
            Pattern.compile("^( *)def (\\w+)\\(([^)]*)\\) -> ([\\w\\[\\], ]+):", Pattern.MULTILINE);
    private static final Pattern CUDA =
            Pattern.compile("extern \"C\" __global__ void (?:__launch_bounds__\\(\\d+\\) )?"
                    + "(\\w+)\\(([^)]*)\\)");
    private static final Pattern BINDING = Pattern.compile("public (\\w+) (\\w+)\\(([^)]*)\\) \\{"
            + "\\s*(?:return )?(?:\\w+\\.)?(\\w+)\\(([^;]*)\\);\\s*}");

    private SourceSignatures() {}

    /** Methods of the class in a script, self left out. */
    public static List<Method> pythonMethods(String resource) {
        return python(resource, "  ");
    }

    /** Functions outside of the class. */
    public static List<Method> pythonFunctions(String resource) {
        return python(resource, "");
    }

    private static List<Method> python(String resource, String indent) {
        List<Method> methods = new ArrayList<>();
        Matcher m = PYTHON.matcher(read(RESOURCES.resolve(resource)));
        while (m.find()) {
            if (m.group(1).equals(indent)) {
                List<Parameter> parameters = new ArrayList<>();
                for (String parameter : split(m.group(3))) {
                    String[] nameAndType = parameter.split("\\s*:\\s*");
                    if (!nameAndType[0].equals("self")) {
                        parameters.add(new Parameter(nameAndType[1], nameAndType[0]));
                    }
                }
                methods.add(new Method(m.group(2), parameters, m.group(4)));
            }
        }
        return methods;
    }

    /** Kernels that can be launched. */
    public static List<Method> cudaKernels(String resource) {
        List<Method> kernels = new ArrayList<>();
        Matcher m = CUDA.matcher(read(RESOURCES.resolve(resource)));
        while (m.find()) {
            kernels.add(new Method(m.group(1), typed(m.group(2)), "void"));
        }
        return kernels;
    }

    /** Public methods of a Java file that consist of one call with a name among its arguments. */
    public static List<Binding> bindings(String file) {
        String source = read(JAVA.resolve(file));
        List<Binding> bindings = new ArrayList<>();
        Matcher m = BINDING.matcher(source);
        while (m.find()) {
            List<String> arguments = split(m.group(5));
            int name = 0;
            while (name < arguments.size() && !arguments.get(name).startsWith("\"")) {
                name++;
            }
            if (name < arguments.size()) {
                bindings.add(new Binding(
                        new Method(m.group(2), typed(m.group(3)), m.group(1)),
                        m.group(4),
                        arguments.get(name).replace("\"", ""),
                        arguments.subList(name + 1, arguments.size())));
            }
        }
        return bindings;
    }

    /** Calls by name in a Java file, however they are made. */
    public static long namesIn(String file, String callers) {
        return Pattern.compile("\\b(?:" + callers + ")\\((?:\\s*into,)?\\s*\"")
                .matcher(read(JAVA.resolve(file)))
                .results()
                .count();
    }

    /** Of the TorchScript and CUDA sources. */
    public static List<String> linesLongerThan(int columns) {
        try (Stream<Path> files = Files.list(RESOURCES)) {
            return files.filter(f -> f.toString().matches(".*\\.(py|cu)"))
                    .flatMap(f -> read(f).lines().filter(line -> line.length() > columns))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** rms_norm -> rmsNorm. */
    public static String camel(String snake) {
        return Pattern.compile("_(\\w)")
                .matcher(snake)
                .replaceAll(m -> m.group(1).toUpperCase(java.util.Locale.ROOT));
    }

    private static List<Parameter> typed(String parameters) {
        return split(parameters).stream()
                .map(text -> {
                    int at = Math.max(text.lastIndexOf(' '), text.lastIndexOf('*')) + 1;
                    return new Parameter(text.substring(0, at).strip(), text.substring(at));
                })
                .toList();
    }

    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        for (String part : text.replaceAll("\\s+", " ").split(",")) {
            if (!part.isBlank()) {
                parts.add(part.strip());
            }
        }
        return parts;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
