package dev.plimsoll.model.hf;

import dev.plimsoll.model.files.GivenFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The small files beside a model's weights, by the names that Hugging Face gives them. */
public final class CompanionFiles {

    /** They make tokens of text, and text of tokens. */
    public static final List<String> TOKENIZER = List.of(
            "tokenizer.json",
            "tokenizer.model",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja",
            "chat_template.json");

    /** How the model is meant to write. */
    public static final String GENERATION = "generation_config.json";

    /** All of them. */
    public static final List<String> ALL =
            Stream.concat(TOKENIZER.stream(), Stream.of(GENERATION)).toList();

    private CompanionFiles() {}

    /** Copies those that are there; a link is followed. */
    public static void copy(List<String> names, Path model, Path directory) throws IOException {
        for (String name : names) {
            Path file = model.resolve(name);
            if (Files.exists(file)) {
                GivenFile.requireFile(file);
                Files.copy(file, directory.resolve(name));
            }
        }
    }
}
