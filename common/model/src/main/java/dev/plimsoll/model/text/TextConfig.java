package dev.plimsoll.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a Hugging Face model directory says about text, besides tokenizer.json's rules: from
 * config.json, generation_config.json, tokenizer_config.json and chat_template.jinja.
 *
 * @param bosToken as templates may write it; empty when there is none
 * @param endIds every id that ends a turn or a text
 * @param endId the one that is appended where a sequence does not end yet
 * @param chatTemplate Jinja source
 */
record TextConfig(
        int vocabularySize,
        String bosToken,
        String eosToken,
        SortedSet<Integer> endIds,
        int endId,
        Optional<String> chatTemplate) {

    private static final ObjectMapper JSON = Json.mapper();

    /**
     * @throws UnusableTextModelException a file is missing or unreadable, ids exceed the embedding,
     *     or no token ends a text
     */
    static TextConfig read(Path directory) {
        JsonNode config = required(directory, "config.json");
        JsonNode tokenizer = required(directory, "tokenizer.json");
        JsonNode tokenizerConfig = optional(directory, "tokenizer_config.json");
        JsonNode generation = optional(directory, "generation_config.json");
        int vocabularySize = config.path("vocab_size").asInt(0);
        if (vocabularySize < 1) {
            throw new UnusableTextModelException(directory.resolve("config.json")
                    + " names no vocab_size; it must say how many rows the embedding has");
        }
        Map<String, Integer> ids = ids(tokenizer);
        requireWithin(directory, ids, vocabularySize);

        SortedSet<Integer> endIds = new TreeSet<>();
        addIds(endIds, config.path("eos_token_id"));
        addIds(endIds, generation.path("eos_token_id"));
        String eosToken = token(tokenizerConfig, "eos_token");
        Integer named = ids.get(eosToken);
        if (named != null) {
            endIds.add(named);
        }
        if (endIds.isEmpty()) {
            throw new UnusableTextModelException(directory
                    + " names no token that ends a text; set eos_token in tokenizer_config.json or"
                    + " eos_token_id in config.json");
        }
        int endId = named != null ? named : firstId(config.path("eos_token_id"), endIds);
        return new TextConfig(
                vocabularySize,
                token(tokenizerConfig, "bos_token"),
                eosToken,
                endIds,
                endId,
                template(directory, tokenizerConfig));
    }

    private static int firstId(JsonNode configured, SortedSet<Integer> endIds) {
        if (configured.isArray() && !configured.isEmpty()) {
            return configured.get(0).asInt();
        }
        return configured.isInt() ? configured.asInt() : endIds.first();
    }

    private static void addIds(SortedSet<Integer> into, JsonNode value) {
        if (value.isArray()) {
            value.forEach(id -> into.add(id.asInt()));
        } else if (value.isInt()) {
            into.add(value.asInt());
        }
    }

    /** A token is written as a string or as {"content": …}. */
    private static String token(JsonNode config, String name) {
        JsonNode value = config.path(name);
        return value.isObject()
                ? value.path("content").asText("")
                : value.isTextual() ? value.asText() : "";
    }

    /**
     * Every token of tokenizer.json: the model's vocabulary (an object, or a list whose index is
     * the id) and the added.
     */
    private static Map<String, Integer> ids(JsonNode tokenizer) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        if (vocabulary.isArray()) {
            for (int i = 0; i < vocabulary.size(); i++) {
                ids.put(vocabulary.get(i).path(0).asText(), i);
            }
        } else {
            vocabulary
                    .properties()
                    .forEach(e -> ids.put(e.getKey(), e.getValue().asInt()));
        }
        tokenizer
                .path("added_tokens")
                .forEach(t -> ids.put(t.path("content").asText(), t.path("id").asInt()));
        return ids;
    }

    private static void requireWithin(
            Path directory, Map<String, Integer> ids, int vocabularySize) {
        ids.entrySet().stream().max(Map.Entry.comparingByValue()).ifPresent(highest -> {
            if (highest.getValue() >= vocabularySize) {
                throw new UnusableTextModelException(
                        "tokenizer.json in " + directory + " has token id "
                                + highest.getValue() + " ('" + highest.getKey()
                                + "'), but config.json's vocab_size is "
                                + vocabularySize
                                + "; tokenizer and weights are of different models: bring the "
                                + "pair that"
                                + " belongs together");
            }
        });
    }

    private static Optional<String> template(Path directory, JsonNode tokenizerConfig) {
        Path file = directory.resolve("chat_template.jinja");
        if (Files.isRegularFile(file)) {
            try {
                return Optional.of(Files.readString(file));
            } catch (IOException e) {
                throw new UnusableTextModelException(
                        "cannot read " + file + ": " + e.getMessage(), e);
            }
        }
        JsonNode value = tokenizerConfig.path("chat_template");
        if (value.isArray()) {
            for (JsonNode named : value) {
                if (named.path("name").asText().equals("default")) {
                    return Optional.of(named.path("template").asText());
                }
            }
        }
        return value.isTextual() ? Optional.of(value.asText()) : Optional.empty();
    }

    private static JsonNode required(Path directory, String name) {
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

    private static JsonNode optional(Path directory, String name) {
        Path file = directory.resolve(name);
        if (!Files.isRegularFile(file)) {
            return JSON.createObjectNode();
        }
        try {
            return JSON.readTree(file.toFile());
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
