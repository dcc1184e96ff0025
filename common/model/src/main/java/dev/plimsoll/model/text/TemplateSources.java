package dev.plimsoll.model.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.model.files.GivenFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A model's chat templates by name. Files go before tokenizer_config.json, as in Transformers;
 * chat_template.json, which some models have beside a processor, comes last.
 */
record TemplateSources(Map<String, Source> byName) {

    static final String DEFAULT = "default";

    private static final String TOOL_USE = "tool_use";

    /** @param file where it stands, for people */
    record Source(String file, String jinja) {}

    TemplateSources {
        byName = Map.copyOf(byName);
    }

    static TemplateSources read(Path directory, JsonNode tokenizerConfig) {
        Map<String, Source> files = files(directory);
        if (!files.isEmpty()) {
            return new TemplateSources(files);
        }
        Map<String, Source> configured =
                inJson("tokenizer_config.json", tokenizerConfig.path("chat_template"));
        return new TemplateSources(
                configured.isEmpty()
                        ? inJson(
                                "chat_template.json",
                                ModelJson.optional(directory, "chat_template.json")
                                        .path("chat_template"))
                        : configured);
    }

    /** The name that Transformers chooses; it may be missing. */
    String chosen(boolean tools) {
        return tools && byName.containsKey(TOOL_USE) ? TOOL_USE : DEFAULT;
    }

    private static Map<String, Source> files(Path directory) {
        Map<String, Source> sources = new TreeMap<>();
        List<Path> named = new ArrayList<>();
        Path more = directory.resolve("additional_chat_templates");
        if (Files.isDirectory(more)) {
            try (Stream<Path> list = Files.list(more)) {
                list.filter(p -> p.toString().endsWith(".jinja")).forEach(named::add);
            } catch (IOException | UncheckedIOException e) {
                throw new UnusableTextModelException(
                        "cannot read " + more + ": " + e.getMessage(), e);
            }
        }
        for (Path file : named) {
            String name = file.getFileName().toString().replaceFirst("\\.jinja$", "");
            sources.put(name, read(more.getFileName() + "/" + file.getFileName(), file));
        }
        Path alone = directory.resolve("chat_template.jinja");
        if (Files.isRegularFile(alone)) {
            sources.put(DEFAULT, read("chat_template.jinja", alone));
        }
        return sources;
    }

    private static Source read(String name, Path file) {
        try {
            return new Source(
                    name, new String(GivenFile.read(file, GivenFile.CONFIG_BYTES), UTF_8));
        } catch (IOException e) {
            throw new UnusableTextModelException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static Map<String, Source> inJson(String file, JsonNode value) {
        Map<String, Source> sources = new TreeMap<>();
        if (value.isTextual()) {
            sources.put(DEFAULT, new Source(file, value.asText()));
        }
        if (value.isArray()) {
            value.forEach(named -> sources.put(
                    named.path("name").asText(),
                    new Source(file, named.path("template").asText())));
        }
        if (value.isObject()) {
            value.properties()
                    .forEach(named -> sources.put(
                            named.getKey(), new Source(file, named.getValue().asText())));
        }
        return sources;
    }
}
