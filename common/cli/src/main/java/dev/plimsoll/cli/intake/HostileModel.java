package dev.plimsoll.cli.intake;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A copy of a model whose chat template raises, loops or grows when a message asks for it. */
final class HostileModel {

    /** A user's message that begins so goes on with what the template is to do. */
    static final String MARK = "template: ";

    private static final String CONFIG = "tokenizer_config.json";

    private static final String BAD = """
            {%- for m in messages -%}
            {%- if m['content'] is string and m['content'].startswith('template: raise') -%}
            {{- raise_exception('this template takes no such message') -}}
            {%- elif m['content'] is string and m['content'].startswith('template: loop') -%}
            {%- for a in range(100000) -%}{%- for b in range(100000) -%}
            {%- for c in range(100000) -%}{%- endfor -%}{%- endfor -%}{%- endfor -%}
            {%- elif m['content'] is string and m['content'].startswith('template: grow') -%}
            {%- set ns = namespace(s='Plimsoll') -%}
            {%- for a in range(64) -%}{%- set ns.s = ns.s ~ ns.s -%}{%- endfor -%}{{- ns.s -}}
            {%- endif -%}
            {%- endfor -%}""";

    private HostileModel() {}

    /** Makes the copy in a new directory. */
    static Path copy(Path model, Path directory) throws IOException {
        Files.createDirectory(directory);
        List<Path> files;
        try (Stream<Path> all = Files.list(model)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Files.copy(file, directory.resolve(file.getFileName()));
        }
        Path config = directory.resolve(CONFIG);
        if (!(Json.mapper().readTree(Files.readString(config)) instanceof ObjectNode fields)
                || !fields.path("chat_template").isTextual()) {
            throw CliFailure.input("'" + model + "' has no chat template in " + CONFIG
                    + "; give a model that has one there, or leave --model out");
        }
        fields.put("chat_template", BAD + fields.path("chat_template").textValue());
        Files.writeString(config, fields.toPrettyString());
        return directory;
    }
}
