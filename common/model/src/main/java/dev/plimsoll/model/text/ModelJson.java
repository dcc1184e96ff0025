package dev.plimsoll.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.files.GivenFile;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** JSON files of a model directory. */
final class ModelJson {

    private ModelJson() {}

    /** @throws UnusableTextModelException it is missing or unreadable */
    static ObjectNode required(Path directory, String name) {
        Path file = directory.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new UnusableTextModelException(
                    "there is no " + name + " in " + directory.toAbsolutePath()
                            + "; a model directory holds "
                            + List.of("config.json", "tokenizer.json", "*.safetensors")
                            + " as Hugging Face lays it out");
        }
        return optional(directory, name);
    }

    /** An empty object where there is no such file. */
    static ObjectNode optional(Path directory, String name) {
        Path file = directory.resolve(name);
        if (!Files.isRegularFile(file)) {
            return Json.mapper().createObjectNode();
        }
        try {
            JsonNode json = Json.mapper().readTree(GivenFile.read(file, GivenFile.LIST_BYTES));
            if (json instanceof ObjectNode object) {
                return object;
            }
            throw new UnusableTextModelException(
                    file + " does not hold a JSON object; fetch the file again");
        } catch (IOException e) {
            throw new UnusableTextModelException(
                    "cannot read " + file + " as JSON (" + firstLine(e) + "); fetch the file again",
                    e);
        }
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
